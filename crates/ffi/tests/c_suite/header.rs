//! The functions of `include/entrenous.h`, as far as their arguments go.

use std::{collections::BTreeSet, fs, path::Path};

pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// As in the header, without the name.
    pub(crate) c_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A handle, of a type or of any.
    Handle(Option<String>),
    /// A pointer to something to read, of a length that the function knows.
    Input,
    /// A pointer to as many things as the next parameter says.
    Counted,
    /// How many.
    Count,
    Output,
    Number,
}

pub(crate) fn read() -> Vec<Function> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/entrenous.h");
    parse(&fs::read_to_string(path).expect("the header is committed"))
}

fn parse(text: &str) -> Vec<Function> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .map(|line| format!("{line} "))
        .collect();
    let words: Vec<&str> = code.split_whitespace().collect();
    let is_opaque = |window: &[&str]| match window {
        ["typedef", "struct", name, end] => end.strip_suffix(';') == Some(name),
        _ => false,
    };
    let opaque: BTreeSet<String> =
        words.windows(4).filter(|window| is_opaque(window)).map(|window| window[2].to_owned()).collect();
    let (_, declared) = code.split_once("extern \"C\" {").expect("functions are C's");
    declared.split(';').filter_map(|declaration| function(declaration, &opaque)).collect()
}

fn function(declaration: &str, opaque: &BTreeSet<String>) -> Option<Function> {
    let (head, parameters) = declaration.split_once('(')?;
    let (returns, name) = head.trim().rsplit_once([' ', '*'])?;
    if !returns.ends_with("entrenous_result") {
        return None;
    }
    let parameters: Vec<(String, String)> = (parameters.trim().trim_end_matches(')').split(','))
        .map(|parameter| {
            let at = parameter.rfind([' ', '*']).expect("a type and a name") + 1;
            (parameter[..at].split_whitespace().collect::<Vec<_>>().join(" "), parameter[at..].to_owned())
        })
        .collect();
    let is_count = |name: &str| ["count", "_count", "_len"].iter().any(|end| name.ends_with(end));
    let counted =
        |at: usize| parameters.get(at + 1).is_some_and(|(c_type, name)| c_type == "size_t" && is_count(name));
    let kind = |at: usize| {
        let (c_type, name) = &parameters[at];
        let named =
            c_type.trim_start_matches("const ").trim_start_matches("struct ").trim_end_matches([' ', '*']);
        match c_type.chars().filter(|c| *c == '*').count() {
            0 if is_count(name) => Kind::Count,
            0 => Kind::Number,
            1 if opaque.contains(named) => Kind::Handle(Some(named.to_owned())),
            1 if named == "void" => Kind::Handle(None),
            1 if c_type.starts_with("const") && counted(at) => Kind::Counted,
            1 if c_type.starts_with("const") => Kind::Input,
            _ => Kind::Output,
        }
    };
    let parameters = (0..parameters.len())
        .map(|at| Parameter {
            name: parameters[at].1.clone(),
            kind: kind(at),
            c_type: parameters[at].0.clone(),
        })
        .collect();
    Some(Function { name: name.to_owned(), parameters })
}
