//! Which events are sent at all.

/// The type of an event that carries a message of a task: sent only where task sync is on.
pub const TASK_MESSAGE: &str = "Task Message";
/// The type of an event that carries a whole conversation: never sent.
pub const CONVERSATION_MESSAGE: &str = "Conversation Message";

/// The user's choice of event types, and the cloud's own rules.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only these; none: all.
    pub include: Option<Vec<String>>,
    /// Not these.
    pub exclude: Vec<String>,
}

impl EventFilter {
    /// Whether an event may be sent that goes under any of `names`: its type and, for a task event, its own name.
    /// `task_sync` tells whether task sync is on now.
    pub fn passes(&self, names: &[&str], task_sync: &dyn Fn() -> bool) -> bool {
        let lists = |list: &[String]| list.iter().any(|listed| names.contains(&listed.as_str()));
        !names.contains(&CONVERSATION_MESSAGE)
            && (!names.contains(&TASK_MESSAGE) || task_sync())
            && self.include.as_deref().is_none_or(lists)
            && !lists(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::EventFilter;

    #[test]
    fn messages_of_tasks_need_task_sync_and_conversations_never_go() {
        let all = EventFilter::default();
        assert!(all.passes(&["Task Created"], &|| false));
        assert!(!all.passes(&["Task Message", "message"], &|| false));
        assert!(all.passes(&["Task Message", "message"], &|| true));
        let asked_for = EventFilter { include: Some(vec!["Conversation Message".into()]), exclude: Vec::new() };
        assert!(!asked_for.passes(&["Conversation Message"], &|| true));
    }

    #[test]
    fn task_events_are_listed_by_either_name() {
        let only = EventFilter { include: Some(vec!["taskCreated".into(), "Tool Used".into()]), exclude: Vec::new() };
        assert!(only.passes(&["Task Created", "taskCreated"], &|| false));
        assert!(only.passes(&["Tool Used"], &|| false));
        assert!(!only.passes(&["Task Completed", "taskCompleted"], &|| false));
        let without = EventFilter { include: None, exclude: vec!["Task Created".into()] };
        assert!(!without.passes(&["Task Created", "taskCreated"], &|| false));
        assert!(without.passes(&["taskIdle"], &|| false));
        assert!(!EventFilter { include: Some(Vec::new()), exclude: Vec::new() }.passes(&["Tool Used"], &|| true));
    }
}
