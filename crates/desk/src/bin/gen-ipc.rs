//! Writes the TypeScript of the IPC types and the command table to the file named on the command line. Run by `cargo xtask gen`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use desk::commands::COMMANDS;
use desk::view as v;
use ts_rs::{Config, TS};

fn declare<T: TS>(text: &mut String, config: &Config) {
    let _ = writeln!(text, "export {}\n", T::decl(config));
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return complain("usage: gen-ipc FILE");
    };
    let config = Config::default();
    let mut text = String::from(
        "// Made by `cargo xtask gen` from crates/desk/src/view and crates/desk/src/commands.rs. Do not edit.\n\n",
    );
    macro_rules! declare_all {
        ($($name:ident),* $(,)?) => { $( declare::<v::$name>(&mut text, &config); )* };
    }
    declare_all!(
        CalendarRefusalView,
        ErrorCode,
        ErrorParams,
        CommandError,
        LanguageView,
        RoleView,
        KeyProtectionView,
        SessionView,
        VaultView,
        OtherVaultPassword,
        SignInRequest,
        UnlockRequest,
        SignOutRequest,
        SettingsView,
        ConnectionView,
        ClockView,
        PullView,
        NearestView,
        CalendarLevelView,
        CalendarHealthView,
        DeliveryStateView,
        WaitingView,
        StorageNoticeView,
        ReadOnlyView,
        StatusView,
        TopicView,
        ChangedEvent,
        DocumentTypeView,
        CaseStateView,
        DeadlineStatusView,
        MoveReasonView,
        DeadlineMoveView,
        WhyDiffersView,
        DeadlineDifferenceView,
        DeadlineView,
        LampKindView,
        LampView,
        QueueLeaseView,
        QueuePageRequest,
        QueuePageView,
        QueueWorkView,
        QueueRowView,
        CaseOpenView,
        NotHeldReason,
        OpinionKindView,
        DraftView,
        HoldView,
        CaseWorkView,
        CaseView,
        LeaseStandingView,
        LeaseView,
        DeclaredView,
        EvidenceKindView,
        PhotoStateView,
        PhotoView,
        EarlierRoundView,
        ReasonKindView,
        ReasonView,
        OpinionRequest,
        DecisionPreviewRequest,
        DecisionPreviewView,
        ConsequenceView,
        DecisionRecordRequest,
        DecisionRecordedView,
        OutboxStateView,
        OutboxView,
        CaseChangeView,
        OutboxRowView,
        StandingView,
        DayKindView,
        NoticeView,
        ExplainedDayView,
        PolicyView,
        PackSourceView,
        ExplanationView,
        MovedCaseView,
        CalendarMovesView,
        RefusedPackView,
        CalendarView,
        CalendarImportRequest,
        CaseWorkRequest,
        CaseWhyRequest,
        TakeOfflineRequest,
        TakenOfflineView,
        ExportView,
        StuckRowView,
        StuckView,
    );
    text.push_str("export interface Commands {\n");
    for command in COMMANDS {
        let request = if command.request.is_empty() { "undefined" } else { command.request };
        let _ = writeln!(text, "  {}: {{ request: {request}; answer: {} }};", command.name, command.answer);
    }
    text.push_str("}\n");
    match std::fs::write(&path, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("cannot write the types: {error}")),
    }
}

fn complain(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "gen-ipc: {sentence}");
    ExitCode::FAILURE
}
