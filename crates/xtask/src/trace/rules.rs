//! Rules, as the specification has them: list items that begin with an id.

pub(crate) struct Rule {
    pub(crate) id: String,
    /// The file in `docs/spec`.
    pub(crate) file: String,
    /// How it begins.
    pub(crate) words: String,
    /// Nothing carries it out: it is of what is not there yet, or advice.
    is_idle: bool,
}

/// Marks of rules that nothing carries out.
const IDLE: [&str; 2] = ["not in this version", "(advice)"];
/// Characters of a rule that the report shows.
const SHOWN: usize = 90;

impl Rule {
    /// Whether it has to be cited, in code and in tests.
    pub(crate) fn is_due(&self) -> bool {
        !self.is_idle
    }
}

/// The rules of a file, in their order.
pub(crate) fn of(file: &str, text: &str) -> Vec<Rule> {
    text.lines().filter_map(|line| rule(file, line)).collect()
}

fn rule(file: &str, line: &str) -> Option<Rule> {
    let (bullet, rest) = line.trim_start().split_once(' ')?;
    let is_item =
        bullet == "-" || bullet.strip_suffix('.').is_some_and(|number| number.parse::<u32>().is_ok());
    let (id, words) = rest.strip_prefix("**").filter(|_| is_item)?.split_once("**")?;
    let (area, number) = id.split_once('-')?;
    let is_id = !area.is_empty()
        && area.chars().all(|c| c.is_ascii_uppercase())
        && number.chars().all(|c| c.is_ascii_digit());
    is_id.then(|| Rule {
        id: id.to_owned(),
        file: file.to_owned(),
        words: shortened(words.trim()),
        is_idle: IDLE.iter().any(|mark| words.contains(mark)),
    })
}

/// The first words, up to the end of a sentence or as many as are shown.
fn shortened(words: &str) -> String {
    let sentence = words.split_inclusive(". ").next().unwrap_or_default().trim_end();
    if sentence.chars().count() <= SHOWN {
        return sentence.to_owned();
    }
    let mut short: String = sentence.chars().take(SHOWN).collect();
    short.truncate(short.rfind(' ').unwrap_or(short.len()));
    short + " …"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_items_with_an_id_are_rules() {
        let rules = of(
            "a.md",
            "- **A-1** It holds. More.\n   - **B-22** (x, not in this version) Later.\n  12. **C-3** Numbered.\nSee **A-2**.\n- **Padding** no.\n",
        );
        let ids: Vec<_> =
            rules.iter().map(|rule| (rule.id.as_str(), rule.words.as_str(), rule.is_idle)).collect();
        assert_eq!(
            ids,
            [
                ("A-1", "It holds.", false),
                ("B-22", "(x, not in this version) Later.", true),
                ("C-3", "Numbered.", false)
            ]
        );
    }

    #[test]
    fn long_words_end_between_two() {
        let short = shortened(&"word ".repeat(40));
        assert!(short.ends_with("word …") && short.chars().count() <= SHOWN + 2);
    }
}
