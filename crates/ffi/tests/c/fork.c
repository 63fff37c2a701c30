/* A process that forks: what its handles are in the child. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs a test in a child, which must end well, and soon. */
static void in_a_child(void (*test)(const person *), const person *of) {
    int status;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        alarm(20);
        test(of);
        _exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Nothing is sealed in the child: it would be under keys and nonces that the parent uses too. */
static void handles_of_the_parent(const person *of) {
    entrenous_address address;
    uint8_t id[ENTRENOUS_MESSAGE_ID_LEN] = {0};
    CHECK(entrenous_client_address(of->client, &address), MISUSE);
    CHECK(entrenous_client_send(of->client, of->address.account, CHECK_KEY, 1, NULL, id, NULL), MISUSE);
    EXPECT(id[0] == 0 && id[15] == 0);
}

static void handles_of_its_own(const person *of) {
    person own = person_new();
    (void)of;
    MUST(send_text(&own, &own, "a note"));
    person_free(&own);
}

int main(void) {
    person alice = person_new();
    in_a_child(handles_of_the_parent, &alice);
    in_a_child(handles_of_its_own, &alice);
    MUST(send_text(&alice, &alice, "goes on"));
    person_free(&alice);
    return 0;
}
