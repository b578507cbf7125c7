//! May this profile be used under this allow list?

use std::borrow::Cow;

use crate::json::Json;

/// Whether an organization's `allowList` lets a profile be used: everything is allowed, or everything of the profile's
/// provider, or the profile's very model.
pub fn is_profile_allowed(profile: Json<'_>, allow_list: Json<'_>) -> bool {
    if allows_all(allow_list) {
        return true;
    }
    let listed = text(profile, "apiProvider").and_then(|provider| allow_list.get("providers")?.get(&provider));
    let Some(listed) = listed else { return false };
    allows_all(listed)
        || model_id(profile).is_some_and(|model| {
            listed
                .get("models")
                .is_some_and(|models| models.elements().any(|each| each.as_str().is_some_and(|each| each == model)))
        })
}

/// The id of the model that a profile uses: which field holds it depends on the provider. None for a provider of which
/// the cloud's contract knows no such field.
pub fn model_id(profile: Json<'_>) -> Option<Cow<'_, str>> {
    let field = match &*text(profile, "apiProvider")? {
        "openai" => "openAiModelId",
        "litellm" => "litellmModelId",
        "lmstudio" => "lmStudioModelId",
        "openrouter" => "openRouterModelId",
        "ollama" => "ollamaModelId",
        "requesty" => "requestyModelId",
        "unbound" => "unboundModelId",
        "vscode-lm" => return text(profile.get("vsCodeLmModelSelector")?, "id"),
        "anthropic" | "openai-native" | "bedrock" | "vertex" | "gemini" | "mistral" | "deepseek" | "xai"
        | "sambanova" | "fireworks" => "apiModelId",
        _ => return None,
    };
    text(profile, field)
}

fn allows_all(list: Json<'_>) -> bool {
    list.get("allowAll").and_then(Json::as_bool) == Some(true)
}

/// A member that is text and not empty.
fn text<'a>(object: Json<'a>, name: &str) -> Option<Cow<'a, str>> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_profile_allowed, model_id};
    use crate::json::{Document, Limits};

    fn document(text: &str) -> Document<'_> {
        Document::parse(text.as_bytes(), Limits::default()).unwrap()
    }

    #[test]
    fn a_model_must_be_listed_unless_its_provider_is_allowed_whole() {
        let list = document(
            r#"{"allowAll":false,"providers":{"openai":{"allowAll":false,"models":["gpt"]},"roo":{"allowAll":true}}}"#,
        );
        for (profile, allowed) in [
            (r#"{"apiProvider":"openai","openAiModelId":"gpt"}"#, true),
            (r#"{"apiProvider":"openai","openAiModelId":"other"}"#, false),
            (r#"{"apiProvider":"openai","apiModelId":"gpt"}"#, false),
            (r#"{"apiProvider":"openai"}"#, false),
            (r#"{"apiProvider":"roo"}"#, true),
            (r#"{"apiProvider":"xai","apiModelId":"gpt"}"#, false),
            (r#"{"apiProvider":"constructor"}"#, false),
            ("{}", false),
        ] {
            assert_eq!(is_profile_allowed(document(profile).root(), list.root()), allowed, "{profile}");
        }
        let list = document(r#"{"allowAll":true,"providers":{}}"#);
        assert!(is_profile_allowed(document("{}").root(), list.root()));
    }

    #[test]
    fn the_model_of_vs_codes_own_provider_stands_in_its_selector() {
        let profile = document(r#"{"apiProvider":"vscode-lm","vsCodeLmModelSelector":{"vendor":"copilot","id":"m1"}}"#);
        assert_eq!(model_id(profile.root()).as_deref(), Some("m1"));
    }
}
