//! `docs/book/c-api.md` quotes a program that runs.

use std::{fs, path::Path};

#[test]
fn the_page_quotes_its_program() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(package.join(path)).expect("it is committed");
    let (page, program) = (read("../../docs/book/c-api.md"), read("tests/c/page.c"));
    let blocks: Vec<&str> =
        page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("c\n")).collect();
    assert!(blocks.len() > 4);
    for part in blocks.iter().flat_map(|block| block.split("\n\n")) {
        assert!(program.contains(part.trim_end()), "not in tests/c/page.c:\n{part}");
    }
}
