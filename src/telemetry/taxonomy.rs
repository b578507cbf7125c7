//! The task events there are: their categories, what they are sent as, and their payloads.

use std::sync::OnceLock;

use crate::error::{CloudError, Code, Result};
use crate::json::schema::Schema;
use crate::json::{Document, Json, Kind, Limits, Writer};

/// What a task event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEventCategory {
    /// A task begins or ends.
    Lifecycle,
    /// What a task does or waits for now.
    State,
    /// One task hands work to another.
    Subtask,
    /// What happens within a task.
    Execution,
    /// What a task used.
    Analytics,
    /// What tasks run with.
    Configuration,
}

impl TaskEventCategory {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::State => "state",
            Self::Subtask => "subtask",
            Self::Execution => "execution",
            Self::Analytics => "analytics",
            Self::Configuration => "configuration",
        }
    }
}

/// A kind of task event.
#[derive(Debug)]
pub struct TaskEvent {
    /// Its own name, under which `emitTaskEvent` takes it.
    pub name: &'static str,
    /// What it is about.
    pub category: TaskEventCategory,
    /// The telemetry type that production knows it by. Where there is none, only the batch route takes it, under its own
    /// name.
    pub production_type: Option<&'static str>,
    payload: &'static [Argument],
}

/// One argument of a task event.
#[derive(Debug)]
enum Argument {
    /// Becomes the property of this name.
    Named(&'static str),
    /// An object whose members become properties; these must be there.
    Spread(&'static [&'static str]),
}

/// A task event's payload, checked.
#[derive(Debug)]
pub struct TaskEventData {
    /// The task it is about; none for what concerns no task.
    pub task_id: Option<String>,
    /// Its properties as they are sent, a JSON object.
    pub properties: Vec<u8>,
    /// A message that is still being written. Another event will bring the whole; this one is not sent.
    pub partial: bool,
}

/// The kind of task event of that name.
pub fn task_event(name: &str) -> Option<&'static TaskEvent> {
    TASK_EVENTS.iter().find(|event| event.name == name)
}

impl TaskEvent {
    /// The type it is sent under: production's, or on the batch route its own name.
    pub const fn sent_as(&self) -> &'static str {
        match self.production_type {
            Some(known) => known,
            None => self.name,
        }
    }

    /// Checks the arguments of `emitTaskEvent`, a JSON array, and makes properties of them. `INVALID_EVENT` names the
    /// path of the first fault.
    pub fn data(&self, payload: Json<'_>) -> Result<TaskEventData> {
        static SCHEMA: OnceLock<Result<Schema>> = OnceLock::new();
        let schema = Schema::embedded(&SCHEMA, include_bytes!("task_payload.schema.json"))?;

        let properties = self.properties(payload)?;
        let document = Document::parse(&properties, Limits::default()).map_err(|fault| self.fault(fault.what))?;
        let root = document.root();
        for argument in self.payload {
            let required = match argument {
                Argument::Named(_) => continue,
                Argument::Spread(required) => required,
            };
            if let Some(missing) = required.iter().find(|name| root.get(name).is_none()) {
                return Err(self.fault(&format!("{missing} is required")));
            }
        }
        if let Some(issue) = schema.first_issue(root) {
            return Err(self.fault(&issue.to_string()));
        }
        let task_id = root.get("taskId").and_then(|id| Some(id.as_str()?.into_owned()));
        let partial = root.get("message").and_then(|message| message.get("partial")?.as_bool()) == Some(true);
        Ok(TaskEventData { task_id, properties, partial })
    }

    fn properties(&self, payload: Json<'_>) -> Result<Vec<u8>> {
        if payload.kind() != Kind::Array || payload.elements().count() != self.payload.len() {
            return Err(self.fault(&format!("the payload should have {} arguments", self.payload.len())));
        }
        let mut properties = Writer::with_capacity(payload.raw().len() + 64);
        properties.begin_object();
        for (argument, value) in self.payload.iter().zip(payload.elements()) {
            match argument {
                Argument::Named(name) => {
                    properties.name(name);
                    properties.raw(value);
                }
                Argument::Spread(_) if value.kind() == Kind::Object => {
                    for (name, member) in value.members() {
                        properties.name_text(name);
                        properties.raw(member);
                    }
                }
                Argument::Spread(_) => return Err(self.fault("the last argument should be an object")),
            }
        }
        properties.end_object();
        Ok(properties.into_bytes())
    }

    fn fault(&self, what: &str) -> CloudError {
        CloudError::new(Code::InvalidEvent, format!("{}: {what}", self.name))
    }
}

const TASK: Argument = Argument::Named("taskId");
const CHILD: Argument = Argument::Named("childTaskId");
const TOKENS: Argument = Argument::Named("tokenUsage");
const TOOLS: Argument = Argument::Named("toolUsage");
const MODE: Argument = Argument::Named("mode");

macro_rules! task_events {
    ($($name:literal $category:ident $([$production_type:literal])? ($($argument:expr),*);)*) => {
        /// All of them.
        pub const TASK_EVENTS: &[TaskEvent] = &[$(TaskEvent {
            name: $name,
            category: TaskEventCategory::$category,
            production_type: production_type!($($production_type)?),
            payload: &[$($argument),*],
        }),*];
    };
}

macro_rules! production_type {
    () => {
        None
    };
    ($name:literal) => {
        Some($name)
    };
}

task_events! {
    "taskCreated" Lifecycle ["Task Created"] (TASK);
    "taskStarted" Lifecycle (TASK);
    "taskCompleted" Lifecycle ["Task Completed"] (TASK, TOKENS, TOOLS, Argument::Spread(&["isSubtask"]));
    "taskAborted" Lifecycle (TASK);
    "taskFocused" State (TASK);
    "taskUnfocused" State (TASK);
    "taskActive" State (TASK);
    "taskInteractive" State (TASK);
    "taskResumable" State (TASK);
    "taskIdle" State (TASK);
    "taskPaused" Subtask (TASK);
    "taskUnpaused" Subtask (TASK);
    "taskSpawned" Subtask (TASK, CHILD);
    "taskDelegated" Subtask (TASK, CHILD);
    "taskDelegationCompleted" Subtask (TASK, CHILD, Argument::Named("summary"));
    "taskDelegationResumed" Subtask (TASK, CHILD);
    "message" Execution ["Task Message"] (Argument::Spread(&["taskId", "action", "message"]));
    "taskModeSwitched" Execution ["Mode Switched"] (TASK, MODE);
    "taskAskResponded" Execution (TASK);
    "taskUserMessage" Execution (TASK);
    "queuedMessagesUpdated" Execution (TASK, Argument::Named("messages"));
    "taskTokenUsageUpdated" Analytics (TASK, TOKENS, TOOLS);
    "taskToolFailed" Analytics (TASK, Argument::Named("tool"), Argument::Named("error"));
    "modeChanged" Configuration (MODE);
    "providerProfileChanged" Configuration (Argument::Spread(&["name", "provider"]));
}

#[cfg(test)]
mod tests {
    use super::{TASK_EVENTS, TaskEventData, task_event};
    use crate::error::{Code, Result};
    use crate::json::{Document, Limits};

    fn data(name: &str, payload: &str) -> Result<TaskEventData> {
        task_event(name).unwrap().data(Document::parse(payload.as_bytes(), Limits::default()).unwrap().root())
    }

    const TOKENS: &str = r#"{"totalTokensIn":1,"totalTokensOut":2,"totalCost":0.5,"contextTokens":3}"#;

    /// A payload for each, with the properties it becomes.
    fn examples() -> Vec<(&'static str, String, String)> {
        let task = |name| (name, r#"["t"]"#.to_owned(), r#"{"taskId":"t"}"#.to_owned());
        let pair = |name| (name, r#"["t","c"]"#.to_owned(), r#"{"taskId":"t","childTaskId":"c"}"#.to_owned());
        let tools = r#"{"read_file":{"attempts":2,"failures":1}}"#;
        let usage = format!(r#""taskId":"t","tokenUsage":{TOKENS},"toolUsage":{tools}"#);
        let message = r#"{"taskId":"t","action":"created","message":{"ts":1,"type":"say","say":"text","new":[]}}"#;
        let queued = r#"[{"timestamp":1,"id":"q","text":"later"}]"#;
        vec![
            task("taskCreated"),
            task("taskStarted"),
            (
                "taskCompleted",
                format!(r#"["t",{TOKENS},{tools},{{"isSubtask":false}}]"#),
                format!(r#"{{{usage},"isSubtask":false}}"#),
            ),
            task("taskAborted"),
            task("taskFocused"),
            task("taskUnfocused"),
            task("taskActive"),
            task("taskInteractive"),
            task("taskResumable"),
            task("taskIdle"),
            task("taskPaused"),
            task("taskUnpaused"),
            pair("taskSpawned"),
            pair("taskDelegated"),
            (
                "taskDelegationCompleted",
                r#"["t","c","done"]"#.into(),
                r#"{"taskId":"t","childTaskId":"c","summary":"done"}"#.into(),
            ),
            pair("taskDelegationResumed"),
            ("message", format!("[{message}]"), message.into()),
            ("taskModeSwitched", r#"["t","code"]"#.into(), r#"{"taskId":"t","mode":"code"}"#.into()),
            task("taskAskResponded"),
            task("taskUserMessage"),
            ("queuedMessagesUpdated", format!(r#"["t",{queued}]"#), format!(r#"{{"taskId":"t","messages":{queued}}}"#)),
            ("taskTokenUsageUpdated", format!(r#"["t",{TOKENS},{tools}]"#), format!("{{{usage}}}")),
            (
                "taskToolFailed",
                r#"["t","read_file","no such file"]"#.into(),
                r#"{"taskId":"t","tool":"read_file","error":"no such file"}"#.into(),
            ),
            ("modeChanged", r#"["code"]"#.into(), r#"{"mode":"code"}"#.into()),
            (
                "providerProfileChanged",
                r#"[{"name":"n","provider":"p"}]"#.into(),
                r#"{"name":"n","provider":"p"}"#.into(),
            ),
        ]
    }

    #[test]
    fn every_task_event_makes_properties_of_its_payload() {
        let examples = examples();
        let names: Vec<_> = examples.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, TASK_EVENTS.iter().map(|event| event.name).collect::<Vec<_>>());
        for (name, payload, properties) in examples {
            let data = data(name, &payload).unwrap();
            assert_eq!(String::from_utf8(data.properties).unwrap(), properties);
            assert_eq!(data.task_id.is_some(), properties.contains("taskId"), "{name}");
            assert!(!data.partial);
        }
    }

    #[test]
    fn production_knows_four_of_them() {
        let known: Vec<_> = TASK_EVENTS.iter().filter_map(|event| Some((event.name, event.production_type?))).collect();
        assert_eq!(
            known,
            [
                ("taskCreated", "Task Created"),
                ("taskCompleted", "Task Completed"),
                ("message", "Task Message"),
                ("taskModeSwitched", "Mode Switched"),
            ]
        );
        assert_eq!(task_event("taskCreated").unwrap().sent_as(), "Task Created");
        assert_eq!(task_event("taskIdle").unwrap().sent_as(), "taskIdle");
        assert!(task_event("Task Created").is_none());
    }

    #[test]
    fn a_fault_in_a_payload_is_named_by_its_path() {
        for (name, payload, fault) in [
            ("taskCreated", "[]", "taskCreated: the payload should have 1 arguments"),
            ("taskCreated", r#"["t","more"]"#, "taskCreated: the payload should have 1 arguments"),
            ("taskCreated", "{}", "taskCreated: the payload should have 1 arguments"),
            ("taskCreated", "[7]", "taskCreated: taskId should be a string"),
            ("taskCreated", r#"[""]"#, "taskCreated: taskId is too short or too long"),
            (
                "taskTokenUsageUpdated",
                r#"["t",{"totalTokensIn":1},{}]"#,
                "taskTokenUsageUpdated: tokenUsage.totalTokensOut is required",
            ),
            ("message", r#"[{"taskId":"t","action":"created"}]"#, "message: message is required"),
            ("message", r#"["canary"]"#, "message: the last argument should be an object"),
            (
                "message",
                r#"[{"taskId":"t","action":"canary","message":{"ts":1,"type":"say"}}]"#,
                "message: action is none of the allowed values",
            ),
            (
                "queuedMessagesUpdated",
                r#"["t",[{"timestamp":1,"id":"q","text":"x"},{"timestamp":1,"id":"q"}]]"#,
                "queuedMessagesUpdated: messages.1.text is required",
            ),
        ] {
            let error = data(name, payload).unwrap_err();
            assert_eq!((error.code, &*error.message), (Code::InvalidEvent, fault));
        }
        let completed = format!(r#"["t",{TOKENS},{{}},{{"isSubtask":false,"taskId":"u"}}]"#);
        assert_eq!(data("taskCompleted", &completed).unwrap_err().message, "taskCompleted: taskId stands twice");
    }

    #[test]
    fn a_message_still_being_written_is_partial() {
        let payload = r#"[{"taskId":"t","action":"updated","message":{"ts":1,"type":"say","partial":true}}]"#;
        assert!(data("message", payload).unwrap().partial);
    }
}
