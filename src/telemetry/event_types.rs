//! Is this event sendable?

use std::rc::Rc;
use std::sync::OnceLock;

use crate::error::{CloudError, Code, Result};
use crate::json::schema::Schema;
use crate::json::{Document, Json, Limits};

/// Checks an event `{type, properties}` against the telemetry types that the cloud knows. `INVALID_EVENT` names the path
/// of the first fault.
pub fn validate_event(event: Json<'_>) -> Result<()> {
    match known_types()?.first_issue(event) {
        Some(issue) => Err(invalid(&issue.to_string())),
        None => Ok(()),
    }
}

fn known_types() -> Result<&'static Schema> {
    static SCHEMA: OnceLock<Result<Schema>> = OnceLock::new();
    Schema::embedded(&SCHEMA, include_bytes!("event.schema.json"))
}

/// A check of an event's properties by the user's own function; what it does not like, in words.
pub type PropertiesCheck = Rc<dyn Fn(Json<'_>) -> std::result::Result<(), String>>;

enum Check {
    Schema(Rc<Schema>),
    Function(PropertiesCheck),
}

/// The event types that may be sent: the cloud's own and those the user defined.
#[derive(Default)]
pub struct EventTypes {
    defined: Vec<(String, Check)>,
}

impl EventTypes {
    /// Defines an event type whose properties are checked by a JSON Schema; again, to define it anew.
    /// `INVALID_ARGUMENT` for a schema that does not compile, and for a type that the cloud defines.
    pub fn define(&mut self, event_type: &str, properties: Json<'_>) -> Result<()> {
        self.add(event_type, Check::Schema(Rc::new(Schema::compile(properties)?)))
    }

    /// Defines an event type whose properties are checked by a function.
    pub fn define_with(&mut self, event_type: &str, check: PropertiesCheck) -> Result<()> {
        self.add(event_type, Check::Function(check))
    }

    fn add(&mut self, event_type: &str, check: Check) -> Result<()> {
        if event_type.is_empty() || is_known(event_type)? {
            return Err(CloudError::new(
                Code::InvalidArgument,
                "the type of an event to define should not be empty, nor one that the cloud defines",
            ));
        }
        self.defined.retain(|(defined, _)| defined != event_type);
        self.defined.push((event_type.to_owned(), check));
        Ok(())
    }

    /// The check for events of this type, to be run when nothing is borrowed: it may call a function of the user's.
    pub fn check(&self, event_type: &str) -> EventCheck {
        let defined = self.defined.iter().find(|(defined, _)| defined == event_type);
        EventCheck(defined.map(|(_, check)| match check {
            Check::Schema(schema) => Check::Schema(Rc::clone(schema)),
            Check::Function(function) => Check::Function(Rc::clone(function)),
        }))
    }
}

/// What an event has to pass.
pub struct EventCheck(Option<Check>);

impl EventCheck {
    /// That of the cloud's own types.
    pub const CLOUDS: Self = Self(None);

    /// Checks it. `INVALID_EVENT` names the path of the first fault.
    pub fn run(&self, event: Json<'_>) -> Result<()> {
        let Some(check) = &self.0 else { return validate_event(event) };
        let none = Document::parse(b"{}", Limits::default()).map_err(|fault| invalid(fault.what))?;
        let properties = event.get("properties").unwrap_or(none.root());
        match check {
            Check::Schema(schema) => match schema.first_issue(properties) {
                Some(issue) if issue.path.is_empty() => Err(invalid(&format!("properties {}", issue.what))),
                Some(issue) => Err(invalid(&format!("properties.{issue}"))),
                None => Ok(()),
            },
            Check::Function(function) => function(properties).map_err(|why| invalid(&format!("properties: {why}"))),
        }
    }
}

/// Whether the cloud defines this type: an event of it that has nothing else is at fault elsewhere.
pub fn is_known(event_type: &str) -> Result<bool> {
    let mut event = crate::json::Writer::new();
    event.begin_object();
    event.name("type");
    event.str(event_type);
    event.end_object();
    let event = event.into_bytes();
    let event = Document::parse(&event, Limits::default()).map_err(|fault| invalid(fault.what))?;
    Ok(known_types()?.first_issue(event.root()).is_none_or(|issue| issue.path != "type"))
}

fn invalid(what: &str) -> CloudError {
    CloudError::new(Code::InvalidEvent, format!("the event is not valid: {what}"))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::EventTypes;
    use crate::error::{Code, Result};
    use crate::json::{Document, Json, Limits};

    fn document(text: &str) -> Document<'_> {
        Document::parse(text.as_bytes(), Limits::default()).unwrap()
    }

    fn check(types: &EventTypes, event: &str) -> Result<()> {
        let event = document(event);
        let event_type = event.root().get("type").and_then(Json::as_str).unwrap_or_default();
        types.check(&event_type).run(event.root())
    }

    #[test]
    fn a_defined_type_is_checked_by_its_schema() {
        let mut types = EventTypes::default();
        let event = r#"{"type":"Build Done","properties":{"seconds":"canary"}}"#;
        assert_eq!(
            check(&types, event).unwrap_err().message,
            "the event is not valid: type is none of the allowed values"
        );

        let schema = document(r#"{"type":"object","required":["seconds"],"properties":{"seconds":{"type":"number"}}}"#);
        types.define("Build Done", schema.root()).unwrap();
        let fault = check(&types, event).unwrap_err();
        assert_eq!(fault.code, Code::InvalidEvent);
        assert_eq!(fault.message, "the event is not valid: properties.seconds should be a number");
        assert!(check(&types, r#"{"type":"Build Done","properties":{"seconds":3}}"#).is_ok());
        assert!(
            check(&types, r#"{"type":"Build Done"}"#).unwrap_err().message.contains("properties.seconds is required")
        );

        types.define("Build Done", document("{}").root()).unwrap();
        assert!(check(&types, event).is_ok());
    }

    #[test]
    fn a_defined_type_is_checked_by_its_function() {
        let mut types = EventTypes::default();
        types
            .define_with("Odd", Rc::new(|properties| properties.get("odd").map(|_| ()).ok_or("not odd".into())))
            .unwrap();
        assert!(check(&types, r#"{"type":"Odd","properties":{"odd":1}}"#).is_ok());
        let fault = check(&types, r#"{"type":"Odd","properties":{}}"#).unwrap_err();
        assert_eq!(fault.message, "the event is not valid: properties: not odd");
    }

    #[test]
    fn the_clouds_own_types_cannot_be_defined_anew() {
        let mut types = EventTypes::default();
        for refused in ["", "Task Created", "LLM Completion", "Task Message"] {
            assert_eq!(types.define(refused, document("{}").root()).unwrap_err().code, Code::InvalidArgument);
        }
        let unsupported = types.define("New", document(r#"{"pattern":"x"}"#).root()).unwrap_err();
        assert!(unsupported.message.contains("\"pattern\""));
    }
}
