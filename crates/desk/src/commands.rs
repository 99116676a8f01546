//! The list of commands: name, permission set, request and answer. The shell's handlers, the permission files and the generated
//! TypeScript are all checked against it.

/// One command of the shell.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// `noun_verb`.
    pub name: &'static str,
    /// The one permission set that it is in.
    pub permission: &'static str,
    /// TypeScript type of its one argument `request`; empty when it takes none.
    pub request: &'static str,
    /// TypeScript type of its answer; `null` when it answers nothing.
    pub answer: &'static str,
}

const fn command(name: &'static str, permission: &'static str, request: &'static str, answer: &'static str) -> Command {
    Command { name, permission, request, answer }
}

/// Every command.
pub const COMMANDS: &[Command] = &[
    command("session_view", "session-read", "", "SessionView"),
    command("session_sign_in", "session-write", "SignInRequest", "SessionView"),
    command("session_unlock", "session-write", "UnlockRequest", "SessionView"),
    command("session_renew", "session-write", "UnlockRequest", "SessionView"),
    command("session_lock", "session-write", "", "SessionView"),
    command("session_sign_out", "session-write", "SignOutRequest", "SessionView"),
    command("status_view", "status-read", "", "StatusView"),
    command("status_connect", "status-write", "", "null"),
    command("queue_page", "queue-read", "QueuePageRequest", "QueuePageView"),
    command("queue_next", "queue-read", "string | null", "string | null"),
    command("case_open", "case-read", "string", "CaseOpenView"),
    command("case_close", "case-read", "", "null"),
    command("case_report_technical", "case-write", "string", "null"),
    command("case_keep_work", "case-write", "CaseWorkRequest", "null"),
    command("case_give_back", "case-write", "string", "null"),
    command("case_recuse", "case-write", "CaseWhyRequest", "null"),
    command("case_revoke", "case-write", "CaseWhyRequest", "null"),
    command("lease_view", "lease-read", "", "TakenOfflineView"),
    command("lease_take_offline", "lease-write", "TakeOfflineRequest", "TakenOfflineView"),
    command("lease_end_offline", "lease-write", "", "TakenOfflineView"),
    command("decision_preview", "decision-read", "DecisionPreviewRequest", "DecisionPreviewView"),
    command("decision_record", "decision-write", "DecisionRecordRequest", "DecisionRecordedView"),
    command("decision_undo", "decision-write", "string", "null"),
    command("outbox_view", "outbox-read", "", "OutboxView"),
    command("outbox_retry", "outbox-write", "string", "null"),
    command("outbox_dismiss", "outbox-write", "string", "null"),
    command("outbox_redo", "outbox-write", "string", "string"),
    command("outbox_export", "outbox-write", "string[]", "ExportView"),
    command("outbox_stuck", "outbox-read", "", "StuckView"),
    command("storage_acknowledge", "status-write", "", "null"),
    command("calendar_view", "calendar-read", "", "CalendarView"),
    command("calendar_explain", "calendar-read", "string", "ExplanationView"),
    command("calendar_import", "calendar-write", "CalendarImportRequest", "CalendarView"),
    command("settings_view", "settings-read", "", "SettingsView"),
    command("settings_set_language", "settings-write", "LanguageView", "SettingsView"),
];
