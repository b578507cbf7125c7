//! What an account has left, and what it has used.

use super::{Call, CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::json::{Json, Kind};
use crate::platform::Platform;

/// The longest period that usage is asked for, in days.
pub const MAX_USAGE_DAYS: u32 = 366;

/// The credit balance, in the account's currency.
pub async fn credit_balance<P: Platform, T: TokenSource>(api: &CloudApi<P, T>) -> Result<f64> {
    let answer = api.call(Call::get("/api/extension/credit-balance")).await?;
    let balance = answer.json()?.root().get("balance").and_then(Json::as_f64);
    balance.filter(|balance| balance.is_finite()).ok_or_else(|| invalid("the credit balance"))
}

/// Usage by day over the last `days` (1 to [`MAX_USAGE_DAYS`]): the JSON of a `UsageStats`, checked.
pub async fn daily_usage<P: Platform, T: TokenSource>(api: &CloudApi<P, T>, days: u32) -> Result<Vec<u8>> {
    if !(1..=MAX_USAGE_DAYS).contains(&days) {
        return Err(CloudError::new(Code::InvalidArgument, format!("`days` must be 1 to {MAX_USAGE_DAYS}")));
    }
    let answer = api.call(Call::get(&format!("/api/analytics/usage/daily?period={days}"))).await?;
    if !is_usage(answer.json()?.root()) {
        return Err(invalid("usage"));
    }
    Ok(answer.into_body())
}

/// `{success, data: {dates, tasks, tokens, costs, totals: {tasks, tokens, cost}}, period}`, where the four lists go together.
fn is_usage(answer: Json<'_>) -> bool {
    let of_kind = |value: Option<Json<'_>>, kind| value.is_some_and(|value| value.kind() == kind);
    let Some(data) = answer.get("data") else { return false };
    let length = |name, kind| {
        let list = data.get(name).filter(|list| list.kind() == Kind::Array)?;
        list.elements().all(|element| element.kind() == kind).then(|| list.elements().count())
    };
    let days = length("dates", Kind::String);
    let totals = data.get("totals");
    days.is_some()
        && ["tasks", "tokens", "costs"].iter().all(|name| length(name, Kind::Number) == days)
        && ["tasks", "tokens", "cost"].iter().all(|name| of_kind(totals.and_then(|it| it.get(name)), Kind::Number))
        && answer.get("success").and_then(Json::as_bool) == Some(true)
        && of_kind(answer.get("period"), Kind::Number)
}

fn invalid(what: &str) -> CloudError {
    CloudError::new(Code::InvalidResponse, format!("the cloud's answer about {what} is outside its contract"))
}

#[cfg(test)]
mod tests {
    use super::is_usage;
    use crate::json::{Document, Limits};

    fn usage(dates: &str, costs: &str, success: bool) -> bool {
        let text = format!(
            r#"{{"success":{success},"period":2,"data":{{"dates":{dates},"tasks":[1,2],"tokens":[3,4],"costs":{costs},
                "totals":{{"tasks":3,"tokens":7,"cost":0.5}}}}}}"#
        );
        is_usage(Document::parse(text.as_bytes(), Limits::default()).unwrap().root())
    }

    #[test]
    fn usage_has_lists_of_one_length_and_totals() {
        assert!(usage(r#"["2027-01-01","2027-01-02"]"#, "[0.25,0.25]", true));
        assert!(!usage(r#"["2027-01-01"]"#, "[0.25,0.25]", true));
        assert!(!usage("[1,2]", "[0.25,0.25]", true));
        assert!(!usage(r#"["2027-01-01","2027-01-02"]"#, r#"[0.25,"x"]"#, true));
        assert!(!usage(r#"["2027-01-01","2027-01-02"]"#, "[0.25,0.25]", false));
        assert!(!usage(r#"{"0":"2027-01-01"}"#, "[0.25,0.25]", true));
    }
}
