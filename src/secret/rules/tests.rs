use super::*;
use crate::json::{Document, Limits};

/// The names of `tests/reference/vectors/README.md`, forgotten ones included.
const REFERENCE: &str = "apiKey openRouterApiKey awsAccessKey awsApiKey awsSecretKey awsSessionToken openAiApiKey ollamaApiKey \
    geminiApiKey openAiNativeApiKey deepSeekApiKey moonshotApiKey mistralApiKey minimaxApiKey requestyApiKey unboundApiKey \
    xaiApiKey litellmApiKey codeIndexOpenAiKey codeIndexQdrantApiKey codebaseIndexOpenAiCompatibleApiKey \
    codebaseIndexGeminiApiKey codebaseIndexMistralApiKey codebaseIndexVercelAiGatewayApiKey \
    codebaseIndexOpenRouterApiKey sambaNovaApiKey zaiApiKey fireworksApiKey vercelAiGatewayApiKey basetenApiKey \
    openRouterImageApiKey vertexJsonCredentials poeApiKey rooApiKey";

fn left(text: &str) -> (String, usize) {
    let document = Document::parse(text.as_bytes(), Limits::default()).unwrap();
    let mut out = Writer::new();
    let dropped = write_without_secrets(document.root(), &mut out);
    assert_eq!(holds_secret(document.root()), dropped > 0, "{text}");
    let mut suspected = false;
    let looked = Document::parse_looking(text.as_bytes(), Limits::default(), &mut |met| suspected |= is_suspect(&met));
    assert!(looked.is_ok() && (suspected || dropped == 0), "cleared, but not clear: {text}");
    (String::from_utf8(out.into_bytes()).unwrap(), dropped)
}

#[test]
fn g1_the_names_of_the_reference_are_secrets() {
    for name in REFERENCE.split_whitespace() {
        assert_eq!(left(&format!(r#"{{"id":"a","{name}":"x"}}"#)), (r#"{"id":"a"}"#.to_owned(), 1), "{name}");
    }
}

#[test]
fn g1_names_that_look_like_a_secrets_are_secrets() {
    for name in [
        "groqKey",
        "API_KEY",
        "api-key",
        "x-api-key",
        "X-Goog-Api-Key",
        "apikey2",
        "clientSecret",
        "secret",
        "Password",
        "db_passwd",
        "passphrase",
        "Authorization",
        "Proxy-Authorization",
        "authorization",
        "private_key",
        "privateKeyPem",
        "aws_access_key_id",
        "Cookie",
        "set-cookie",
        "token",
        "accessToken",
        "refresh_token",
        "X-Auth-Token",
        "AUTHTOKEN",
        "token_1",
        "credentials",
        "bearer",
        "\\u0061piKey",
        "encryptionKey",
    ] {
        let expected = (r#"{"a":{"b":[{}]}}"#.to_owned(), 1);
        assert_eq!(left(&format!(r#"{{"a":{{"b":[{{"{name}":"x"}}]}}}}"#)), expected, "{name}");
        assert_eq!(left(&format!(r#"{{"{name}":{{"x":1}}}}"#)), ("{}".to_owned(), 1), "{name}");
    }
}

#[test]
fn g1_common_events_are_cleared_at_a_glance() {
    let suspected = |text: &str| {
        let mut suspected = false;
        let look = &mut |met: Met<'_>| suspected |= is_suspect(&met);
        Document::parse_looking(text.as_bytes(), Limits::default(), look).unwrap();
        suspected
    };
    assert!(!suspected(
        r#"{"type":"Task Created","properties":{"mode":"code","inputTokens":7,"modelId":"claude-sonnet-4-5"}}"#
    ));
    for suspect in
        [r#"{"apiKey":"x"}"#, r#"["sk-abcdefgh1234"]"#, r#"{"\u0061":"x"}"#, r#"["a long line\nsk-abcdefgh1234"]"#]
    {
        assert!(suspected(suspect), "{suspect}");
    }
}

#[test]
fn g1_every_setting_that_is_no_secret_stays() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/reference/schemas/provider-profile.schema.json")).unwrap();
    let secrets: Vec<&str> = REFERENCE.split_whitespace().collect();
    let mut settings = 0;
    for (name, shape) in schema["properties"].as_object().unwrap() {
        let value = match shape["type"].as_str() {
            Some("boolean") => "true",
            Some("number" | "integer") => "7",
            _ => "\"x\"",
        };
        let text = format!(r#"{{"{name}":{value}}}"#);
        let is_secret = secrets.contains(&name.as_str());
        // Where Google's key file lies says nothing of the key.
        assert_eq!(left(&text).1, usize::from(is_secret), "{name}");
        settings += 1;
    }
    assert!(settings > 100);
    for member in [
        r#""maxTokens":1"#,
        r#""modelMaxTokens":2"#,
        r#""includeMaxTokens":true"#,
        r#""tokens":"many""#,
        r#""tokenizer":"o200k""#,
        r#""pricePerToken":0.1"#,
        r#""awsUseApiKey":true"#,
        r#""apiKey":null"#,
        r#""publicKey":"x""#,
        r#""key":"x""#,
        r#""openAiHeaders":{"X-Team":"a"}"#,
    ] {
        let text = format!("{{{member}}}");
        assert_eq!(left(&text), (text.clone(), 0));
    }
}

#[test]
fn g3_values_that_look_secret_are_secrets_under_any_name() {
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    for value in [
        "sk-0123456789abcdef",
        "sk-ant-api03-abcdefgh",
        "ghp_0123456789abcdef0123456789abcdef0123",
        "github_pat_11ABCDEFG0123456789_abc",
        "xoxb-123456789-abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN PRIVATE KEY-----\\nMIIE",
        "-----BEGIN RSA PRIVATE KEY-----\\nMIIE",
        "AIzaSyA-0123456789abcdefghijklmnopqrstu",
        "Bearer abcdef",
        "basic YTpiYWFh",
        jwt,
        "a=1, key=sk-0123456789abcdef",
        "\\u0073k-0123456789abcdef",
        "{\\\"private_key\\\": \\\"-----BEGIN PRIVATE KEY-----\\\\nMIIE\\\"}",
    ] {
        assert_eq!(left(&format!(r#"{{"note":"{value}","n":1}}"#)), (r#"{"n":1}"#.to_owned(), 1), "{value}");
        assert_eq!(
            left(&format!(r#"{{"list":["a",["{value}"]]}}"#)),
            (r#"{"list":["a",[]]}"#.to_owned(), 1),
            "{value}"
        );
    }
}

#[test]
fn g3_ordinary_values_are_none() {
    for value in [
        "anthropic/claude-sonnet-4.5",
        "https://api.example.com/v1",
        "task-manager-of-the-team",
        "risk-assessment-model",
        "sk-8",
        "us-east-1",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "-----BEGIN CERTIFICATE-----",
        "a basic thing",
        "AKIA",
        "bearer",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x",
    ] {
        assert_eq!(left(&format!(r#"{{"note":"{value}"}}"#)).1, 0, "{value}");
    }
}

#[test]
fn an_empty_secret_opens_nothing() {
    let has = |text: &str| has_secret(Document::parse(text.as_bytes(), Limits::default()).unwrap().root());
    assert!(has(r#"{"apiKey":"x"}"#));
    assert!(has(r#"{"openAiHeaders":{"Authorization":"x"}}"#));
    assert!(!has(r#"{"apiKey":"","openAiApiKey":null,"credentials":{},"apiProvider":"roo"}"#));
}
