//! Makes a program that gives every function of the header what it must not be given, one argument at a time: NULL, a handle of
//! another type, one that was freed, one that never was, lengths that can't be, addresses that are badly aligned, and one
//! place for two outputs. Each must be refused, with all outputs as they were.

use std::fmt::Write;

use super::header::{Function, Kind, Parameter};

/// Arguments that may be NULL, as the header says.
const NULLABLE: &[(&str, &str)] = &[
    ("entrenous_client_contacts", "after"),
    ("entrenous_client_start_session", "with"),
    ("entrenous_client_learn_list", "changed"),
    ("entrenous_client_send", "id"),
    ("entrenous_client_send", "unreached"),
    ("entrenous_client_send_to_group", "id"),
    ("entrenous_client_send_to_group", "unreached"),
    ("entrenous_client_send_many", "ids"),
    ("entrenous_client_receive", "items"),
    ("entrenous_client_receive_many", "items"),
    ("entrenous_client_maintain", "to_publish"),
    ("entrenous_client_maintain", "more"),
    ("entrenous_client_maintain", "failed"),
    ("entrenous_client_identity_change", "replaces"),
    ("entrenous_client_begin_linking", "expires_ms"),
    ("entrenous_client_linking", "request"),
];

/// Wherever they are.
const NULLABLE_EVERYWHERE: &[&str] = &["environment", "options", "cost"];

/// The one function whose handle is lent to a callback, where it is tested, and the one that takes NULL.
const ELSEWHERE: &[&str] = &["entrenous_records_set", "entrenous_free"];

pub(crate) fn program(functions: &[Function]) -> String {
    let mut text = String::from(include_str!("../c/arguments.h"));
    text.push_str("\nint main(void) {\n    prepare();\n");
    for function in functions.iter().filter(|function| !ELSEWHERE.contains(&function.name.as_str())) {
        for at in 0..function.parameters.len() {
            for (wrong, expected) in wrongs(function, at) {
                case(&mut text, function, &[(at, wrong)], expected);
            }
        }
        for (one, other) in outputs(function) {
            case(&mut text, function, &[(other, place(function, other, one))], "BAD_ARGUMENT");
        }
    }
    text.push_str("    clean_up();\n    return 0;\n}\n");
    text
}

/// What an argument must not be, and what comes of it.
fn wrongs(function: &Function, at: usize) -> Vec<(String, &'static str)> {
    let parameter = &function.parameters[at];
    let cast = |pointer: &str| format!("({}){pointer}", parameter.c_type);
    let mut wrongs = Vec::new();
    if parameter.kind != Kind::Count && parameter.kind != Kind::Number && !is_nullable(function, parameter) {
        wrongs.push(("NULL".to_owned(), "NULL_POINTER"));
    }
    match &parameter.kind {
        Kind::Handle(of) => {
            let other = if of.as_deref() == Some("entrenous_buffer") { "a_client" } else { "a_buffer" };
            wrongs.push((cast(other), "WRONG_HANDLE"));
            wrongs.extend(
                ["a_freed_handle", "UINTPTR_MAX", "&places"].map(|made_up| (cast(made_up), "BAD_HANDLE")),
            );
        }
        Kind::Count => {
            // an envelope that is too long is none
            let refused = if parameter.name == "envelope_len" { "MALFORMED" } else { "BAD_LENGTH" };
            let lengths = ["SIZE_MAX", "(SIZE_MAX / 8 + 2)", "((32u << 20) + 1)"];
            wrongs.extend(lengths.map(|len| (len.to_owned(), refused)));
        }
        Kind::Input | Kind::Counted | Kind::Output if is_aligned(&parameter.c_type) => {
            wrongs.push((cast("((char *)places + 8001)"), "BAD_ARGUMENT"));
        }
        Kind::Input | Kind::Counted | Kind::Output | Kind::Number => {}
    }
    wrongs
}

fn is_nullable(function: &Function, parameter: &Parameter) -> bool {
    NULLABLE_EVERYWHERE.contains(&parameter.name.as_str())
        || NULLABLE.contains(&(function.name.as_str(), parameter.name.as_str()))
}

/// Whether what a pointer points to has to begin at an even address.
fn is_aligned(c_type: &str) -> bool {
    !["uint8_t *", "bool *", "char *"].iter().any(|bytes| c_type.trim_start_matches("const ") == *bytes)
}

/// Pairs of outputs.
fn outputs(function: &Function) -> Vec<(usize, usize)> {
    let is_output = |at: &usize| function.parameters[*at].kind == Kind::Output;
    let outputs: Vec<usize> = (0..function.parameters.len()).filter(is_output).collect();
    let later =
        |(at, one): (usize, &usize)| outputs[at + 1..].iter().map(|other| (*one, *other)).collect::<Vec<_>>();
    outputs.iter().enumerate().flat_map(later).collect()
}

/// Where an output goes: `place` is its own, or another one's.
fn place(function: &Function, at: usize, place: usize) -> String {
    format!("({})(void *)((char *)places + {})", function.parameters[at].c_type, 512 * place)
}

/// An argument that is good.
fn good(function: &Function, at: usize) -> String {
    let parameter = &function.parameters[at];
    match &parameter.kind {
        Kind::Handle(Some(of)) => format!("a_{}", of.trim_start_matches("entrenous_")),
        Kind::Handle(None) => "an_items".to_owned(),
        Kind::Input | Kind::Counted if parameter.c_type.contains("struct") => {
            let named = parameter.c_type.trim_start_matches("const struct entrenous_").trim_end_matches(" *");
            format!("&good_{named}")
        }
        Kind::Input | Kind::Counted => format!("({})(const void *)anything", parameter.c_type),
        Kind::Count => "1".to_owned(),
        Kind::Output => place(function, at, at),
        Kind::Number => "1".to_owned(),
    }
}

/// A call in which some arguments are not good.
fn case(text: &mut String, function: &Function, wrong: &[(usize, String)], expected: &str) {
    let argument = |at: usize| {
        let wrong = wrong.iter().find(|(wrong, _)| *wrong == at);
        wrong.map_or_else(|| good(function, at), |(_, argument)| argument.clone())
    };
    let arguments: Vec<String> = (0..function.parameters.len()).map(argument).collect();
    let call = format!("{}({})", function.name, arguments.join(", "));
    writeln!(text, "    REFUSED({call}, {expected});").expect("a string takes all");
}
