import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.HexFormat;
import org.entrenous.AccountId;
import org.entrenous.Address;
import org.entrenous.Client;
import org.entrenous.Compared;
import org.entrenous.EntrenousException;
import org.entrenous.Event;
import org.entrenous.Fault;
import org.entrenous.Role;
import org.entrenous.Store;
import org.entrenous.Upload;

/**
 * The scene in Java: an account, a session, a message each way, a group, a comparison, and a restart from disk.
 *
 * <p>It is played with {@code scene}, an example of the test kit, which is the other side: what the network would carry goes
 * over standard input and output as lines. Its argument is the path of the store's file, which it makes.
 */
public final class Scene {
    private static final HexFormat HEX = HexFormat.of();
    private static final BufferedReader IN = new BufferedReader(new InputStreamReader(System.in, UTF_8));

    private Scene() {}

    public static void main(String[] arguments) throws IOException {
        String file = arguments[0];
        // it belongs into the platform's key store
        byte[] key = Store.keyGenerate();
        Address peer;

        // An account. A user would write down its recovery code, which comes along with the client.
        try (Store store = Store.sqlite(file, 5_000, 0);
                Client client = Client.create(store, key).client()) {
            Address me = client.address();
            say("account " + HEX.formatHex(me.account().bytes()) + " " + Integer.toUnsignedString(me.device()));

            // What the directory gets.
            Upload upload = client.publishPrekeys(Upload.LEFT_UNKNOWN);
            say("bundle " + HEX.formatHex(upload.bundles().get(0)));
            client.prekeysPublished(upload.number());

            // A session, and a message each way.
            String[] address = hear("account").split(" ");
            peer = new Address(new AccountId(HEX.parseHex(address[0])), Integer.parseUnsignedInt(address[1]));
            client.startSession(peer.account(), HEX.parseHex(hear("bundle")));
            client.send(peer.account(), "hello from Java".getBytes(UTF_8));
            give(client);
            expect(take(client, peer, Event.MESSAGE, "hello back"), "its answer came");

            // The two people compare.
            try (var comparison = client.safetyNumber(peer.account())) {
                say("number " + comparison.digits());
                boolean same = hear("number").equals(comparison.digits());
                expect(client.verifyByNumber(comparison, same) == Compared.SAME, "the numbers are the same");
            }

            // A group.
            var group = client.createGroup("équipe");
            client.setMember(group, peer.account(), Role.MEMBER);
            give(client);
            take(client, peer, Event.UNKNOWN, "");
            client.sendToGroup(group, "to all of us".getBytes(UTF_8));
            give(client);
            expect(take(client, peer, Event.GROUP_MESSAGE, "and to you"), "its answer to the group came");
        }

        // A restart: everything is on the disk.
        try (Store store = Store.sqlite(file, 5_000, 0);
                Client client = Client.open(store, key)) {
            client.send(peer.account(), "still here".getBytes(UTF_8));
            give(client);
            expect(take(client, peer, Event.MESSAGE, "welcome back"), "its welcome came");
        }
        say("done");
    }

    /** Gives the transport all that is in the outbox. */
    private static void give(Client client) {
        for (var envelope : client.outbox(0)) {
            say("envelope " + HEX.formatHex(envelope.bytes()));
            client.handedOver(envelope.number());
        }
        say("end");
    }

    /** Receives what the transport has, and looks for a message: {@code event} says of which kind. */
    private static boolean take(Client client, Address from, Event event, String text) throws IOException {
        boolean found = false;
        for (;;) {
            String[] line = line().split(" ");
            switch (line[0]) {
                case "end" -> {
                    return found;
                }
                case "tampered" -> expect(isRefused(client, from, HEX.parseHex(line[1])), "what was changed is refused");
                default -> {
                    for (var item : client.receive(from, HEX.parseHex(line[1]))) {
                        found |= item.event() == event && Arrays.equals(item.content(), text.getBytes(UTF_8));
                        // an application stores what it was told, and then:
                        if (item.number() != null) {
                            client.acknowledge(item.number());
                        }
                    }
                }
            }
        }
    }

    private static boolean isRefused(Client client, Address from, byte[] envelope) {
        try {
            client.receive(from, envelope);
            return false;
        } catch (EntrenousException refused) {
            return refused.fault() == Fault.OTHER;
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static String line() throws IOException {
        String line = IN.readLine();
        expect(line != null, "the other side goes on");
        return line;
    }

    /** Reads a line that begins with {@code word}, and gives the rest. */
    private static String hear(String word) throws IOException {
        String line = line();
        expect(line.startsWith(word + " "), word + " comes");
        return line.substring(word.length() + 1);
    }

    private static void expect(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("not so: " + what);
        }
    }
}
