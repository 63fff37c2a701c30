//! The guides quote code that runs.

/// The blocks of Rust in a guide, each as its lines without indentation.
fn blocks(guide: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if line == "```rust" {
            blocks.push(lines.by_ref().take_while(|line| *line != "```").map(str::trim).collect());
        }
    }
    blocks
}

fn quotes(guide: &str, sources: &[&str], at_least: usize) {
    let sources: Vec<Vec<&str>> =
        sources.iter().map(|source| source.lines().map(str::trim).collect()).collect();
    let blocks = blocks(guide);
    assert!(blocks.len() >= at_least, "{} blocks", blocks.len());
    for block in blocks {
        assert!(!block.is_empty());
        let found = sources.iter().any(|source| source.windows(block.len()).any(|lines| lines == block));
        assert!(found, "this code doesn't run anywhere:\n{}", block.join("\n"));
    }
}

#[test]
fn the_guide_quotes_the_application() {
    let guide = include_str!("../../../../docs/book/embed.md");
    quotes(guide, &[include_str!("main.rs"), include_str!("story.rs")], 20);
}

#[test]
fn the_guide_to_databases_quotes_the_application() {
    quotes(include_str!("../../../../docs/book/async.md"), &[include_str!("own_database.rs")], 4);
}

#[test]
fn the_guide_to_groups_quotes_the_application() {
    let guide = include_str!("../../../../docs/book/groups.md");
    quotes(guide, &[include_str!("../../../client/tests/scenarios/guide_groups.rs")], 5);
}
