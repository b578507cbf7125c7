use super::Schema;
use crate::error::{CloudError, Code};
use crate::json::{Document, Limits};

fn document(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), Limits::default()).unwrap()
}

fn compile(schema: &str) -> Result<Schema, CloudError> {
    Schema::compile(document(schema).root())
}

/// Everything wrong with a value, as "path what"; agrees with `accepts`.
fn issues(schema: &str, value: &str) -> Vec<String> {
    let schema = compile(schema).unwrap();
    let value = document(value);
    let mut issues = Vec::new();
    schema.each_issue(value.root(), &mut |path, what| issues.push(super::Issue::new(path, what).to_string()));
    assert_eq!(schema.accepts(value.root()), issues.is_empty());
    issues
}

#[test]
fn types_are_json_types_and_integers_have_no_fraction() {
    let values = ["null", "true", "1.5", "1e21", r#""""#, "[]", "{}"];
    for (name, accepted) in [
        (r#""null""#, "yNNNNNN"),
        (r#""boolean""#, "NyNNNNN"),
        (r#""number""#, "NNyyNNN"),
        (r#""integer""#, "NNNyNNN"),
        (r#""string""#, "NNNNyNN"),
        (r#""array""#, "NNNNNyN"),
        (r#""object""#, "NNNNNNy"),
        (r#"["number","null"]"#, "yNyyNNN"),
        (r#"["integer","string"]"#, "NNNyyNN"),
    ] {
        let schema = format!(r#"{{"type":{name}}}"#);
        let found: String =
            values.iter().map(|value| if issues(&schema, value).is_empty() { 'y' } else { 'N' }).collect();
        assert_eq!(found, accepted, "{name}");
    }
    assert_eq!(issues(r#"{"type":"integer"}"#, "1.5"), ["it should be a whole number"]);
    assert!(issues("true", "[1]").is_empty() && issues("{}", "[1]").is_empty());
    assert_eq!(issues("false", "1"), ["it is not allowed here"]);
}

#[test]
fn bounds_and_lengths_hold_at_their_edges() {
    for (schema, value, accepted) in [
        (r#"{"minimum":128}"#, "128", true),
        (r#"{"minimum":128}"#, "127.99", false),
        (r#"{"exclusiveMinimum":0}"#, "0", false),
        (r#"{"exclusiveMinimum":0}"#, "1e-9", true),
        (r#"{"maximum":-1.5}"#, "-1.5", true),
        (r#"{"maximum":-1.5}"#, "0", false),
        (r#"{"exclusiveMaximum":10}"#, "10.0", false),
        (r#"{"exclusiveMaximum":10}"#, r#""ten""#, true),
        (r#"{"minLength":1}"#, r#""""#, false),
        (r#"{"minLength":2,"maxLength":2}"#, r#""\u00e9é""#, true),
        (r#"{"maxLength":2}"#, r#""abc""#, false),
        (r#"{"maxLength":1}"#, r#""😀""#, true),
    ] {
        assert_eq!(issues(schema, value).is_empty(), accepted, "{schema} {value}");
    }
}

#[test]
fn urls_have_a_scheme_and_on_the_web_a_host() {
    for (url, accepted) in [
        ("https://corp.example.com/team", true),
        ("HTTP://h", true),
        ("mailto:a@example.com", true),
        ("42", false),
        ("", false),
        ("https://", false),
        ("https://?q", false),
        ("/relative", false),
        ("1http://h", false),
        ("https://a b", false),
    ] {
        assert_eq!(issues(r#"{"format":"uri"}"#, &format!("{url:?}")).is_empty(), accepted, "{url}");
    }
}

#[test]
fn an_enumeration_compares_values_not_spellings() {
    let schema = r#"{"enum":["a/b",1,null,true]}"#;
    for (value, accepted) in [
        (r#""a/b""#, true),
        (r#""a\/\u0062""#, true),
        (r#""a""#, false),
        ("1.0", true),
        ("10e-1", true),
        ("2", false),
        ("null", true),
        ("true", true),
        ("false", false),
        ("[]", false),
        ("{}", false),
    ] {
        assert_eq!(issues(schema, value).is_empty(), accepted, "{value}");
    }
    assert!(issues(r#"{"const":"x"}"#, r#""x""#).is_empty());
    assert_eq!(issues(r#"{"const":"x"}"#, r#""canary""#), ["it is none of the allowed values"]);
}

#[test]
fn issues_come_in_the_schemas_order_with_their_paths() {
    let schema = r#"{"type":"object","required":["a","b"],"properties":{
        "a":{"type":"string"},"b":{"type":"array","items":{"type":"object","required":["c"],"properties":{"c":{}}}}},
        "additionalProperties":{"type":"number"}}"#;
    assert_eq!(
        issues(schema, r#"{"z":"1","b":[{"c":1},{},3],"a":null,"y":2}"#),
        ["a should be a string", "b.1.c is required", "b.2 should be an object", "z should be a number"]
    );
    assert_eq!(issues(schema, "{}"), ["a is required", "b is required"]);
    assert_eq!(issues(schema, r#"{"\u0061":"1","b":[]}"#), Vec::<String>::new());
}

#[test]
fn additional_properties_false_is_meant_where_a_user_writes_it() {
    let schema = r#"{"properties":{"a":{}},"additionalProperties":false}"#;
    assert_eq!(issues(schema, r#"{"a":1,"b":2}"#), ["b is not allowed here"]);
}

#[test]
fn a_known_member_stands_once() {
    let schema = r#"{"properties":{"a":{}}}"#;
    assert_eq!(issues(schema, r#"{"a":1,"\u0061":2}"#), ["a stands twice"]);
    assert!(issues(schema, r#"{"b":1,"b":2}"#).is_empty());
}

#[test]
fn alternatives_told_apart_by_a_member_are_explained_by_it() {
    let schema = r#"{"anyOf":[
        {"type":"object","required":["type","n"],"properties":{"type":{"const":"one"},"n":{"type":"number"}}},
        {"type":"object","required":["type"],"properties":{"type":{"enum":["two","three"]}}}]}"#;
    assert!(issues(schema, r#"{"type":"three"}"#).is_empty());
    assert_eq!(issues(schema, r#"{"type":"one"}"#), ["n is required"]);
    assert_eq!(issues(schema, r#"{"type":"four"}"#), ["type is none of the allowed values"]);
    assert_eq!(issues(schema, "{}"), ["type is required"]);
    assert_eq!(issues(schema, "7"), ["it has none of the allowed forms"]);
    assert_eq!(issues(r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "7"), ["it has none of the allowed forms"]);
}

#[test]
fn names_from_outside_are_shortened_and_hold_no_control_characters() {
    let name = "x\\u0007".repeat(60);
    let [issue] = &issues(r#"{"additionalProperties":false}"#, &format!(r#"{{"{name}":1}}"#))[..] else { panic!() };
    assert_eq!(*issue, format!("{}… is not allowed here", "x\u{fffd}".repeat(40)));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for (schema, named) in [
        (r#"{"pattern":"^a"}"#, "\"pattern\""),
        (r#"{"properties":{"a":{"items":{"oneOf":[]}}}}"#, "\"oneOf\""),
        (r##"{"$ref":"#/a"}"##, "\"$ref\""),
        (r#"{"format":"date-time"}"#, "\"format\""),
        (r#"{"type":"text"}"#, "\"type\""),
        (r#"{"minLength":-1}"#, "\"minLength\""),
        (r#"{"minimum":"0"}"#, "\"minimum\""),
        (r#"{"anyOf":[]}"#, "\"anyOf\""),
        (r#"{"enum":[{}]}"#, "\"enum\""),
        (r#"{"required":["a"]}"#, "\"required\""),
        (r#"{"required":[1],"properties":{"a":{}}}"#, "\"required\""),
        ("7", "an object"),
    ] {
        let refused = compile(schema).err().unwrap();
        assert_eq!(refused.code, Code::InvalidArgument);
        assert!(refused.message.contains(named), "{schema}: {refused}");
    }
    let annotated =
        r#"{"$schema":"s","$id":"i","$comment":"c","title":"t","description":"d","default":1,"examples":[]}"#;
    assert!(compile(annotated).is_ok());
}

#[test]
fn a_schema_is_bounded_in_depth_and_width() {
    let deep = format!("{}{{}}{}", r#"{"items":"#.repeat(40), "}".repeat(40));
    assert!(compile(&deep).err().unwrap().message.contains("too deep"));
    let wide = |count: usize| {
        let properties: Vec<_> = (0..count).map(|at| format!(r#""p{at}":{{"type":"number"}}"#)).collect();
        format!(r#"{{"properties":{{{}}},"required":["p{}"]}}"#, properties.join(","), count - 1)
    };
    assert!(compile(&wide(129)).err().unwrap().message.contains("128"));
    assert_eq!(issues(&wide(128), r#"{"p3":"x"}"#), ["p3 should be a number", "p127 is required"]);
}

#[test]
fn a_value_nests_deeper_than_its_schema_without_harm() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(issues(r#"{"type":"array","items":{"type":"array"}}"#, &deep).is_empty());
}
