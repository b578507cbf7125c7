//! What this reader accepts and says, held against `serde_json`.

use serde_json::Value;

use super::Kind::{Array, Bool, Null, Number, Object};
use super::*;

fn parse(bytes: &[u8]) -> Result<Document<'_>, JsonError> {
    Document::parse(bytes, Limits::default())
}

fn fault(text: &str) -> &'static str {
    match parse(text.as_bytes()) {
        Ok(_) => "none",
        Err(error) => error.what,
    }
}

#[test]
fn values_are_read() {
    let text = r#" {"a" : [1, -2.5e1 ,"x\n\u00e9",true,false,null,{}, [ ] ],"b":{"c":{"d":7}},"b":2} "#;
    let document = parse(text.as_bytes()).unwrap();
    let root = document.root();
    assert_eq!(root.kind(), Kind::Object);
    assert_eq!(root.raw_str(), text.trim());
    assert_eq!(root.members().count(), 3);
    let a = root.get("a").unwrap();
    let kinds: Vec<Kind> = a.elements().map(Json::kind).collect();
    assert_eq!(kinds, [Number, Number, Kind::String, Bool, Bool, Null, Object, Array]);
    let element = |number: usize| a.elements().nth(number).unwrap();
    assert_eq!(element(0).as_u64(), Some(1));
    assert_eq!(element(1).as_f64(), Some(-25.0));
    assert_eq!(element(2).as_str().as_deref(), Some("x\né"));
    assert!(element(2).as_text().unwrap() == "x\né");
    assert_eq!(element(3).as_bool(), Some(true));
    assert_eq!(element(4).as_bool(), Some(false));
    assert!(element(5).is_null());
    assert_eq!(element(6).members().count(), 0);
    assert_eq!(element(6).elements().count(), 0);
    assert_eq!(element(7).elements().count(), 0);
    assert_eq!(root.get("b").unwrap().as_u64(), Some(2), "the last of doubled members wins");
    assert!(root.get("c").is_none());
    assert_eq!(a.as_u64(), None);
    assert_eq!(a.as_bool(), None);
    assert!(a.as_text().is_none());
}

#[test]
fn a_walk_steps_over_containers() {
    let text = r#"{"a":{"x":[{},[],{"y":[1]}]},"b":[[2]],"c":{"d":{"e":3}}}"#;
    let document = parse(text.as_bytes()).unwrap();
    let c = document.root().get("c").unwrap();
    assert_eq!(c.get("d").unwrap().get("e").unwrap().as_u64(), Some(3));
    let b = document.root().get("b").unwrap();
    assert_eq!(b.elements().next().unwrap().elements().next().unwrap().as_u64(), Some(2));
    assert_eq!(text.get(b.range()), Some("[[2]]"));
}

#[test]
fn whole_numbers_are_read_however_they_are_written() {
    let cases = [
        ("3600", Some(3600)),
        ("3600.0", Some(3600)),
        ("36e2", Some(3600)),
        ("36000e-1", Some(3600)),
        ("0.36E+4", Some(3600)),
        ("-0", Some(0)),
        ("0e999999999999", Some(0)),
        ("9007199254740992", Some(1 << 53)),
        ("9007199254740993", None),
        ("1.00000000000000000000000000000", Some(1)),
        ("1.00000000000000000000000000001", None),
        ("3600.5", None),
        ("-1", None),
        ("1e30", None),
        ("1e999999999999", None),
        ("1e-999999999999", None),
        ("99999999999999999999999", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text.as_bytes()).unwrap().root().as_u64(), expected, "{text}");
    }
    assert!(parse(b"1e30").unwrap().root().is_integer());
    assert!(parse(b"-5.0").unwrap().root().is_integer());
    assert!(!parse(b"5.25").unwrap().root().is_integer());
    assert_eq!(parse(b"1e999").unwrap().root().as_f64(), Some(f64::INFINITY));
    assert_eq!(parse(b"1e-999").unwrap().root().as_f64(), Some(0.0));
    assert_eq!(parse(b"0.1").unwrap().root().as_f64(), Some(0.1));
}

#[test]
fn strings_are_compared_by_what_they_say() {
    let document = parse(br#"["abc","\u0061bc","\ud83d\ude00","\ud83d","\udc00\ud800x","\u0000"]"#).unwrap();
    let texts: Vec<Text<'_>> = document.root().elements().filter_map(Json::as_text).collect();
    assert!(texts[0] == texts[1]);
    assert!(texts[1] == "abc");
    assert!(texts[1] != "abd");
    assert!(texts[2] == "😀");
    assert_eq!(texts[2].to_bytes().as_ref(), "😀".as_bytes());
    assert_eq!(texts[3].to_str(), None);
    assert_eq!(texts[3].to_bytes().as_ref(), b"\xed\xa0\xbd");
    assert_eq!(texts[4].to_str(), None);
    assert_eq!(texts[5].to_str().as_deref(), Some("\0"));
    assert!(texts[3] != texts[4]);
}

#[test]
fn g4_members_called_proto_are_refused_however_written() {
    for text in [
        r#"{"__proto__":1}"#,
        r#"{"a":[{"b":1,"__proto__":{}}]}"#,
        r#"{"\u005f_proto__":1}"#,
        r#"{"__prot\u006F__" : 1}"#,
    ] {
        assert_eq!(fault(text), "a member called __proto__", "{text}");
    }
    assert_eq!(fault(r#"{"a":"__proto__","__proto":1,"constructor":2,"toString":3}"#), "none");
}

#[test]
fn g6_size_and_depth_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(fault(&nested(127)), "none");
    assert_eq!(fault(&nested(128)), "too deep");
    assert_eq!(fault(&r#"{"a":"#.repeat(128)), "too deep");
    assert_eq!(fault(&"[".repeat(1_000_000)), "too deep");
    let string = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert_eq!(fault(&string(9_999_999)), "none");
    assert_eq!(fault(&string(10_000_000)), "too large");
}

#[test]
fn c1_what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "\u{feff}{}",
        "{}x",
        "{} {}",
        "<html>",
        "nul",
        "nulll",
        "tru",
        "True",
        "NaN",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\0\"",
        "[\"a\0b\"]",
        "\0",
        "{\"a\":1",
        "[1",
        "[1}",
        "{\"a\":1]",
        "//",
        "[1]//",
    ] {
        assert_ne!(fault(text), "none", "{text:?}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
    }
    assert!(parse(b"\"\xff\"").is_err());
    assert!(parse(b"\"\xed\xa0\x80\"").is_err(), "a surrogate in UTF-8");
    // Each place in a run of eight, on both sides of its end.
    for length in 0..24 {
        let run = "x".repeat(length);
        assert_eq!(fault(&format!("\"{run}\"")), "none");
        assert_eq!(fault(&format!("\"{run}\u{1f}{run}\"")), "a control character in a string");
        assert_eq!(fault(&format!("\"{run}\\q{run}\"")), "no such escape");
        assert_eq!(fault(&format!("\"{run}é\u{7f}\u{2028}{run}\"")), "none");
    }
}

#[test]
fn a_writer_writes_what_serde_json_reads() {
    let hard: String = (0..=u8::MAX).map(char::from).chain("\u{2028}😀\"\\".chars()).collect();
    let source = parse(br#"{"k\u0041":[1.50, {}]}"#).unwrap();
    let (name, value) = source.root().members().next().unwrap();
    let mut json = Writer::with_capacity(16);
    json.begin_object();
    json.name(&hard);
    json.str(&hard);
    json.name_text(name);
    json.raw(value);
    json.name("numbers");
    json.begin_array();
    for number in [0, 7, 10, u64::MAX] {
        json.u64(number);
    }
    json.end_array();
    json.name("rest");
    json.begin_array();
    json.begin_object();
    json.end_object();
    json.begin_array();
    json.end_array();
    json.bool(true);
    json.bool(false);
    json.null();
    json.text(name);
    json.end_array();
    json.end_object();
    let bytes = json.into_bytes();
    let read: Value = serde_json::from_slice(&bytes).unwrap();
    let expected = serde_json::json!({
        hard.as_str(): hard, "kA": [1.5, {}], "numbers": [0, 7, 10, u64::MAX], "rest": [{}, [], true, false, null, "kA"],
    });
    assert_eq!(read, expected);
    assert!(parse(&bytes).is_ok());
}

/// Marsaglia's xorshift: the same documents on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn space(&mut self, out: &mut String) {
        if self.below(6) == 0 {
            let space = self.pick(&[" ", "\n", "\t", "\r\n", "  "]);
            out.push_str(space);
        }
    }

    fn string(&mut self, out: &mut String) {
        out.push('"');
        for _ in 0..self.below(5) {
            let piece = self.pick(&[
                "a",
                "id",
                "\\u0069d",
                "apiKey",
                "0123456789abcdef",
                "é",
                "漢字",
                "😀",
                "\\n",
                "\\\"",
                "\\\\",
                "\\/",
                "\\u0041",
                "\\ud83d\\ude00",
                "\\u0000",
                "\u{7f}",
                " ",
                ":",
                ",",
                "{",
                "]",
                "\\uD800",
                "\\u005f",
                "__proto__",
            ]);
            out.push_str(piece);
        }
        out.push('"');
    }

    fn value(&mut self, depth: usize, out: &mut String) {
        self.space(out);
        match self.below(if depth == 0 { 5 } else { 9 }) {
            0 => out.push_str(self.pick(&["true", "false", "null"])),
            1 | 2 => out.push_str(self.pick(&[
                "0",
                "-0",
                "1",
                "42",
                "3600.0",
                "-1.5",
                "1e3",
                "2.5E-3",
                "123456789012345678",
                "0.1",
                "1e400",
                "5e-324",
                "17.25e+2",
                "9007199254740993",
                "1.7976931348623157e308",
                "100000000000000000000000",
                "0.30000000000000004",
            ])),
            3 | 4 => self.string(out),
            5 | 6 => {
                out.push('[');
                for element in 0..self.below(4) {
                    if element > 0 {
                        out.push(',');
                    }
                    self.value(depth - 1, out);
                }
                self.space(out);
                out.push(']');
            }
            _ => {
                out.push('{');
                for member in 0..self.below(5) {
                    if member > 0 {
                        out.push(',');
                    }
                    self.space(out);
                    self.string(out);
                    self.space(out);
                    out.push(':');
                    self.value(depth - 1, out);
                }
                self.space(out);
                out.push('}');
            }
        }
        self.space(out);
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const BYTES: &[u8] = b"{}[]\",:\\ \n0123456789-+.eEtrufalsn\0\x1f\x7f\x80\xc3\xed\xf0\xffu_/x";
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            let byte = BYTES[self.below(BYTES.len())];
            match self.below(5) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => bytes.truncate(at),
                _ => {
                    let other = self.below(bytes.len());
                    bytes.swap(at, other);
                }
            }
        }
    }
}

/// The same value, as far as this reader and `serde_json` should agree.
fn assert_same(ours: Json<'_>, theirs: &Value) {
    match theirs {
        Value::Null => assert!(ours.is_null()),
        Value::Bool(value) => assert_eq!(ours.as_bool(), Some(*value)),
        Value::Number(_) => {
            assert_eq!(ours.kind(), Kind::Number);
            // serde_json's own floats are not the nearest without its `float_roundtrip`; the standard library's are.
            let exact: f64 = ours.raw_str().parse().unwrap();
            let read = ours.as_f64().unwrap();
            assert!((read - exact).abs() <= exact.abs() * 1e-14, "{}: {read} for {exact}", ours.raw_str());
            // Where the float is the text exactly.
            if ours.raw().len() <= 15 && exact.abs() < 1e15 && exact.abs() > 1e-15 {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // its range was just checked
                let whole = (exact > 0.0 && exact.fract() == 0.0).then_some(exact as u64);
                assert_eq!(ours.as_u64(), whole, "{}", ours.raw_str());
                assert_eq!(ours.is_integer(), exact.fract() == 0.0, "{}", ours.raw_str());
            }
        }
        Value::String(value) => {
            assert_eq!(ours.as_str().as_deref(), Some(value.as_str()));
            assert!(ours.as_text().unwrap() == value.as_str());
        }
        Value::Array(values) => {
            assert_eq!(ours.elements().count(), values.len());
            ours.elements().zip(values).for_each(|(ours, theirs)| assert_same(ours, theirs));
        }
        Value::Object(members) => {
            assert_eq!(ours.kind(), Kind::Object);
            for (name, theirs) in members {
                assert_same(ours.get(name).unwrap(), theirs);
            }
            let id = ours.id().map(|id| id.to_bytes().into_owned());
            assert_eq!(id.as_deref(), members.get("id").and_then(Value::as_str).map(str::as_bytes));
            for (name, _) in ours.members() {
                assert!(members.contains_key(name.to_str().unwrap().as_ref()));
            }
        }
    }
}

#[test]
fn it_agrees_with_serde_json() {
    let mut random = Random(0x5eed_0001_1234_5678);
    let (mut both_accept, mut both_refuse, mut differ) = (0, 0, 0);
    for case in 0..300_000 {
        let mut text = String::new();
        random.value(4, &mut text);
        let mut bytes = text.into_bytes();
        if case % 3 != 0 {
            random.mutate(&mut bytes);
        }
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        match (parse(&bytes), serde_json::from_slice::<Value>(&bytes)) {
            (Ok(ours), Ok(theirs)) => {
                assert_same(ours.root(), &theirs);
                assert_same(Checked::of(ours.root()).document().root(), &theirs);
                for (ours, theirs) in ours.root().elements().zip(theirs.as_array().into_iter().flatten()) {
                    assert_same(Checked::of(ours).document().root(), theirs);
                }
                both_accept += 1;
            }
            (Err(_), Err(_)) => both_refuse += 1,
            (Ok(_), Err(error)) => {
                let why = error.to_string();
                let known = ["surrogate", "unexpected end of hex escape", "number out of range"];
                assert!(known.iter().any(|known| why.contains(known)), "case {case}: {why}: {}", shown());
                differ += 1;
            }
            (Err(error), Ok(_)) => {
                assert_eq!(error.what, "a member called __proto__", "case {case}: {}", shown());
                let name = serde_json::Deserializer::from_slice(&bytes[error.at..]).into_iter::<String>().next();
                assert_eq!(name.unwrap().unwrap(), "__proto__", "case {case}: {}", shown());
                differ += 1;
            }
        }
    }
    assert!(both_accept > 50_000 && both_refuse > 50_000 && differ > 1_000, "{both_accept} {both_refuse} {differ}");
}
