//! Planted violations: each rule finds its own, on the right line, and nothing in clean code.

use crate::rules::check_rust;
use crate::source::Source;

/// What the rules tell about `text` as the file `path`, one line each.
fn told(path: &str, text: &str) -> Vec<String> {
    check_rust(&Source::new(path, text), false).iter().map(ToString::to_string).collect()
}

/// `text` below an opening that the rules want.
fn with_opening(text: &str) -> String {
    format!("//! Duty.\n{text}")
}

const CORE: &str = "controller/core/src/x.rs";
const EDGE: &str = "controller/src/x.rs";

#[test]
fn each_rule_finds_its_planted_violation() {
    let deep_path = concat!("const P: &str = \"/wor", "k/main\";\n");
    let long_line = format!("// {}\n", "x".repeat(98));
    let long_function = format!("fn long() {{\n{}}}\n", "    step();\n".repeat(69));
    let long_file = "const A: u8 = 1;\n".repeat(400);
    let table: [(&str, &str, usize, &str); 23] = [
        (EDGE, &long_file, 1, "401 lines without tests"),
        (EDGE, &long_line, 2, "101 characters"),
        (EDGE, &long_function, 2, "fn long has 71 lines"),
        (EDGE, deep_path, 2, "exists on one machine only"),
        (EDGE, "fn f() {\n    g().unwrap();\n}\n", 3, ".unwrap() outside tests"),
        (EDGE, "fn f() {\n    g().expect(\"a\");\n}\n", 3, ".expect( outside tests"),
        (EDGE, "fn f() {\n    todo!()\n}\n", 3, "todo! is left"),
        (EDGE, "fn f() {\n    unimplemented!()\n}\n", 3, "unimplemented! is left"),
        (EDGE, "fn f() {\n    dbg!(1);\n}\n", 3, "dbg! is left"),
        (EDGE, "#![allow(dead_code)]\n", 2, "a lint is allowed"),
        (EDGE, "#[allow(\n    dead_code\n)]\nfn f() {}\n", 2, "a lint is allowed"),
        (EDGE, "#[expect(dead_code)]\nfn f() {}\n", 2, "without a reason"),
        (EDGE, "fn f() { unsafe { g() } }\n", 2, "unsafe outside the crash VFS"),
        (CORE, "use std::time::Duration;\n", 2, "std::time in the decision core"),
        (CORE, "use std::{fs, io};\n", 2, "std::{ in the decision core"),
        (CORE, "fn f() { std::thread::yield_now() }\n", 2, "std::thread in the decision core"),
        (CORE, "fn f(at: SystemTime) {}\n", 2, "SystemTime in the decision core"),
        (CORE, "fn f(at: Instant) {}\n", 2, "Instant in the decision core"),
        (CORE, "type M = HashMap<u8, u8>;\n", 2, "HashMap in the decision core"),
        (CORE, "type S = HashSet<u8>;\n", 2, "HashSet in the decision core"),
        (CORE, "fn f() { print!(\"x\") }\n", 2, "print! in the decision core"),
        (CORE, "fn f() { eprintln!(\"x\") }\n", 2, "eprintln! in the decision core"),
        (CORE, "#[cfg(test)]\nmod tests {}\nuse std::env;\n", 4, "std::env in the decision core"),
    ];
    for (path, text, line, expected) in table {
        let found = told(path, &with_opening(text));
        let place = format!("{path}:{line}: ");
        assert_eq!(found.len(), 1, "{expected}: {found:?}");
        assert!(
            found[0].starts_with(&place) && found[0].contains(expected),
            "{expected}: {found:?}"
        );
    }
}

#[test]
fn a_file_without_its_duty_is_found() {
    assert!(told(EDGE, "use a::b;\n")[0].contains("does not open with //!"));
}

#[test]
fn clean_code_is_left_alone() {
    let clean = [
        "/// Words in comments: todo!, .unwrap(), SystemTime, #[allow(x)].\nfn f() {}\n",
        "/* .unwrap() /* dbg!() */ Instant */\nfn f() {}\n",
        "const A: &str = \".unwrap() todo!() \\\" HashMap\";\n",
        "const A: &str = r#\"#[allow(x)] \"quoted\" std::fs\"#;\n",
        "fn f<'a>(x: &'a str) -> char { if x.len() > 1 { '\"' } else { '\\'' } }\n",
        "#[expect(dead_code, reason = \"planted\")]\nfn f() {}\n",
        "#[cfg(test)]\nmod tests {\n    fn f() { g().unwrap(); let t = Instant::now(); }\n}\n",
        "#[cfg(test)]\n#[path = \"t.rs\"]\nmod tests;\nfn f() -> [u8; 2] { [1, 2] }\n",
        "fn f() -> u8 { g().unwrap_or(1) }\nstruct Instantly;\n",
    ];
    for text in clean {
        assert_eq!(told(CORE, &with_opening(text)), [""; 0], "{text}");
    }
}

#[test]
fn test_files_may_unwrap_and_allow_with_a_reason_but_not_grow() {
    let shared = "#![allow(dead_code, reason = \"shared\")]\n";
    assert_eq!(told("tests/support/mod.rs", &with_opening(shared)), [""; 0]);
    assert_eq!(told(EDGE, &with_opening(shared)).len(), 1);
    let text = with_opening(&format!("fn f() {{ g().unwrap(); }}\n{}", "// x\n".repeat(400)));
    let found = told("controller/ledger/tests/x.rs", &text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("402 lines"), "{found:?}");
}

#[test]
fn test_modules_in_files_of_their_own_are_known() {
    let text = "//! X.\n#[cfg(test)]\nmod client_tests;\nmod other;\n";
    let modules = Source::new("controller/src/cli/mod.rs", text).test_modules();
    assert!(modules.contains(&"controller/src/cli/client_tests.rs".to_owned()), "{modules:?}");
    assert!(!modules.iter().any(|path| path.contains("other")), "{modules:?}");
}
