// Made by `cargo xtask gen` from crates/desk/src/view and crates/desk/src/commands.rs. Do not edit.

export type CalendarRefusalView = "too_large" | "malformed" | "unknown_format" | "contradictory" | "empty" | "make_up_on_weekday" | "working_days" | "statutory_days" | "serial_not_higher" | "year_shrunk" | "past_changed" | "unsigned" | "signature_unreadable" | "unknown_key" | "wrong_signature" | "keys_changed";

export type ErrorCode = "wrong_password" | "account_locked" | "account_disabled" | "bad_server_address" | "insecure_server_address" | "server_unreachable" | "not_a_review_server" | "server_not_trusted" | "other_server" | "server_fault" | "desktop_too_old" | "server_too_old" | "session_expired" | "unlock_failed" | "vault_password_differs" | "keychain_lost" | "too_many_guesses" | "vault_retired" | "vault_too_new" | "vault_damaged" | "second_instance" | "disk_full" | "storage" | "locked" | "case_not_here" | "offline_too_long" | "too_many_undelivered" | "device_revoked" | "recused" | "bad_text" | "export_failed" | "case_changed" | "not_held" | "lease_lost" | "already_decided_here" | "photos_missing" | "reason_required" | "reason_text_required" | "reason_text_bad" | "reason_mismatch" | "role_may_not" | "too_late_to_undo" | "decision_not_here" | "undelivered_left" | "already_decided" | "state_changed" | "evidence_changed" | "version_changed" | "consequence_changed" | "decision_refused" | "calendar_refused" | "internal";

export type ErrorParams = { 
/**
 * Seconds to wait.
 */
retry_after_s?: number, 
/**
 * How many.
 */
count?: number, 
/**
 * An HTTP status.
 */
status?: number, 
/**
 * A colleague's name.
 */
holder?: string, 
/**
 * A reason's code.
 */
reason?: string, 
/**
 * A moment.
 */
at_ms?: number, 
/**
 * Tries that are left.
 */
tries_left?: number, 
/**
 * Why a calendar pack was not accepted.
 */
refusal?: CalendarRefusalView, };

export type CommandError = { 
/**
 * What the window branches on.
 */
code: ErrorCode, 
/**
 * For the sentence.
 */
params: ErrorParams, 
/**
 * Names the event in the log; empty when nothing was logged.
 */
incident: string, };

export type LanguageView = "zh" | "en";

export type RoleView = "reviewer" | "supervisor" | "auditor";

export type KeyProtectionView = "keychain" | "password_only";

export type SessionView = { "kind": "unavailable", 
/**
 * Why.
 */
error: CommandError, } | { "kind": "closed", 
/**
 * Vaults on this computer, last used first.
 */
vaults: Array<VaultView>, 
/**
 * Decisions that still wait here, by account.
 */
waiting: Array<WaitingView>, 
/**
 * The server address to offer for a first sign-in.
 */
server_url: string, 
/**
 * A vault is here that cannot be used: written by a newer program, or damaged. Nothing in it was touched.
 */
problem: CommandError | null, } | { "kind": "open", 
/**
 * The vault.
 */
vault_id: string, 
/**
 * Sign-in name.
 */
account: string, 
/**
 * Name that colleagues see.
 */
display_name: string, 
/**
 * Role.
 */
role: RoleView, 
/**
 * Office.
 */
office_name: string, 
/**
 * Server.
 */
server_url: string, 
/**
 * What protects the keys.
 */
key_protection: KeyProtectionView, 
/**
 * Whether the server is a demonstration.
 */
is_demonstration: boolean, };

export type VaultView = { 
/**
 * Names it.
 */
vault_id: string, 
/**
 * Sign-in name of its owner.
 */
account: string, 
/**
 * The server that it belongs to.
 */
server_url: string, 
/**
 * When it was last opened.
 */
last_opened_ms: number, };

export type OtherVaultPassword = { "kind": "before", 
/**
 * The password from before.
 */
password: string, } | { "kind": "new_cache" };

export type SignInRequest = { 
/**
 * Server address.
 */
server_url: string, 
/**
 * Sign-in name.
 */
account: string, 
/**
 * Password.
 */
password: string, 
/**
 * When the server took the password but the vault did not: the password from before, or a new cache.
 */
vault: OtherVaultPassword | null, };

export type UnlockRequest = { 
/**
 * Which.
 */
vault_id: string, 
/**
 * Password.
 */
password: string, };

export type SignOutRequest = { 
/**
 * The person saw how many decisions are not delivered and signs out all the same.
 */
with_undelivered: boolean, };

export type SettingsView = { 
/**
 * Language; `None` until somebody chose: then the system's.
 */
language: LanguageView | null, 
/**
 * Version of the program.
 */
version: string, 
/**
 * The folder with the vaults, for support.
 */
data_folder: string, };

export type ConnectionView = "connecting" | "online" | "offline" | "sign_in_needed";

export type ClockView = { 
/**
 * Server time at the moment of the answer.
 */
now_ms: number, 
/**
 * Error bound; `None` when the server was never heard since the start.
 */
error_ms: number | null, 
/**
 * 估算: the last word from the server is older than an hour, or there was none.
 */
is_estimate: boolean, };

export type PullView = { 
/**
 * Photos done.
 */
done: number, 
/**
 * Photos in all.
 */
total: number, };

export type NearestView = { 
/**
 * Its case.
 */
case_no: string, 
/**
 * 须在此刻前联网
 */
connect_before_ms: number, };

export type CalendarLevelView = "good" | "notice" | "urgent";

export type CalendarHealthView = { 
/**
 * How urgent.
 */
level: CalendarLevelView, 
/**
 * The first year without notice.
 */
missing_year: number, };

export type DeliveryStateView = "working" | "offline" | "needs_sign_in" | "revoked" | "too_old" | "needs_unlock";

export type WaitingView = { 
/**
 * Names the vault.
 */
vault_id: string, 
/**
 * Sign-in name of the author.
 */
account: string, 
/**
 * How many; `None` when it cannot be read while the vault is locked.
 */
undelivered: number | null, 
/**
 * The nearest deadline among them: until then this computer must reach the server.
 */
connect_before_ms: number | null, 
/**
 * How delivery stands.
 */
state: DeliveryStateView, };

export type StorageNoticeView = { "kind": "cache_renewed", 
/**
 * What the damaged file is called now, in the vault's folder; `None` when it was missing.
 */
moved_to: string | null, } | { "kind": "work_damaged", 
/**
 * What the damaged file is called now, in the vault's folder.
 */
moved_to: string, 
/**
 * Decisions that were kept.
 */
kept: number, 
/**
 * Rows that could not be read; `None` when nobody can tell.
 */
lost: number | null, };

export type ReadOnlyView = { "kind": "offline_too_long", 
/**
 * When it was.
 */
signed_in_ms: number, 
/**
 * How many working days the office allows.
 */
working_days: number, } | { "kind": "too_many_undelivered", 
/**
 * The most that the office allows.
 */
most: number, };

export type StatusView = { 
/**
 * Connection.
 */
connection: ConnectionView, 
/**
 * Why it is not online.
 */
problem: CommandError | null, 
/**
 * Last contact.
 */
last_contact_ms: number | null, 
/**
 * Clock.
 */
clock: ClockView, 
/**
 * 离线可办 n 件: held, complete, undecided.
 */
offline_ready: number, 
/**
 * Leased to me and undecided.
 */
held: number, 
/**
 * Queued or sending.
 */
undelivered: number, 
/**
 * How my delivery stands.
 */
delivery: DeliveryStateView, 
/**
 * Undelivered for more than an hour.
 */
stuck: number, 
/**
 * Decisions of others that still wait on this computer.
 */
others: Array<WaitingView>, 
/**
 * Why no new decision can be made now; looking and delivering go on.
 */
read_only: ReadOnlyView | null, 
/**
 * Until when cases are taken offline, while they are.
 */
offline_until_ms: number | null, 
/**
 * What happened to the files, until it is acknowledged.
 */
storage: Array<StorageNoticeView>, 
/**
 * For supervisors: decisions that colleagues' desktops cannot deliver.
 */
stuck_elsewhere: number, 
/**
 * Conflicts and parked ones, which need a person.
 */
needs_attention: number, 
/**
 * Nearest deadline among the undelivered.
 */
nearest: NearestView | null, 
/**
 * Photos on their way.
 */
pull: PullView | null, 
/**
 * The calendar's health.
 */
calendar: CalendarHealthView, };

export type TopicView = "session" | "status" | "queue" | "case" | "outbox" | "calendar";

export type ChangedEvent = { 
/**
 * What.
 */
topic: TopicView, 
/**
 * Rises with every change of the topic.
 */
revision: number, };

export type DocumentTypeView = "resident_id_card" | "hmt_residence_permit" | "hm_travel_permit" | "tw_travel_permit_5y";

export type CaseStateView = "pending" | "second_opinion" | "supervisor_decides" | "technical";

export type DeadlineStatusView = "final" | "provisional" | "out_of_range";

export type MoveReasonView = "calendar" | "region";

export type DeadlineMoveView = { 
/**
 * Beijing date of the first promise.
 */
first_due_date: string, 
/**
 * By what.
 */
reason: MoveReasonView, 
/**
 * Overdue by the deadline that counts, in time by the first promise: late because of the move alone.
 */
is_late_by_move: boolean, };

export type WhyDiffersView = "older_pack_here" | "newer_pack_here" | "other_pack" | "other_policy" | "unexplained";

export type DeadlineDifferenceView = { 
/**
 * Beijing date computed here; `None` when out of range here.
 */
due_date: string | null, 
/**
 * Why.
 */
why: WhyDiffersView, };

export type DeadlineView = { 
/**
 * How sure it is.
 */
status: DeadlineStatusView, 
/**
 * Beijing date of the 7th working day; `None` when out of range.
 */
due_date: string | null, 
/**
 * Close of business of that day.
 */
target_ms: number | null, 
/**
 * 24:00 of that day.
 */
breach_ms: number | null, 
/**
 * Provisional: the earliest date that it may become.
 */
earliest: string | null, 
/**
 * Provisional: the latest date that it may become.
 */
latest: string | null, 
/**
 * Another date was promised first.
 */
moved: DeadlineMoveView | null, 
/**
 * What this desktop computes, when that is another date.
 */
difference: DeadlineDifferenceView | null, };

export type LampKindView = "normal" | "near" | "due_today" | "after_close" | "overdue" | "unknown";

export type LampView = { 
/**
 * Which.
 */
kind: LampKindView, 
/**
 * Working days left (normal, near) or over (overdue; 0 on a day off right after the due day).
 */
days: number | null, };

export type QueueLeaseView = { "kind": "free" } | { "kind": "mine", 
/**
 * When others may take it.
 */
expires_at_ms: number, 
/**
 * Whether everything is on this computer, so that it can be reviewed without the server.
 */
is_offline_ready: boolean, } | { "kind": "other", 
/**
 * The colleague.
 */
holder: string, };

export type QueuePageRequest = { 
/**
 * Index of the first row.
 */
offset: number, 
/**
 * At most this many, 1 to 200.
 */
limit: number, 
/**
 * Only cases that are leased to me.
 */
only_mine: boolean, };

export type QueuePageView = { 
/**
 * Rises with every change of the queue.
 */
revision: number, 
/**
 * Rows in all, under the same filter.
 */
total: number, 
/**
 * Index of the first row.
 */
offset: number, 
/**
 * The rows.
 */
rows: Array<QueueRowView>, 
/**
 * Whether the queue was ever pulled from the server: tells an empty queue from one that is not here yet.
 */
was_pulled: boolean, };

export type QueueWorkView = { 
/**
 * A decision is half filled in.
 */
has_draft: boolean, 
/**
 * Laid aside.
 */
is_on_hold: boolean, 
/**
 * When to be reminded.
 */
remind_at_ms: number | null, };

export type QueueRowView = { 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * The applicant's name.
 */
name: string, 
/**
 * Last four characters of the document number.
 */
last_four: string, 
/**
 * Document type.
 */
document_type: DocumentTypeView, 
/**
 * State.
 */
state: CaseStateView, 
/**
 * Attempt k of 3.
 */
round: number, 
/**
 * Deadline.
 */
deadline: DeadlineView, 
/**
 * Lamp at the moment of the answer.
 */
lamp: LampView, 
/**
 * Whose it is.
 */
lease: QueueLeaseView, 
/**
 * What I have on it, when I hold it.
 */
work: QueueWorkView | null, };

export type CaseOpenView = { "kind": "held", 
/**
 * The case.
 */
case: CaseView, } | { "kind": "not_held", 
/**
 * The row.
 */
row: QueueRowView, 
/**
 * Why.
 */
reason: NotHeldReason, 
/**
 * The colleague who holds it.
 */
holder: string | null, };

export type NotHeldReason = "fetching" | "offline" | "held_by_other" | "refused";

export type OpinionKindView = "approve" | "reject" | "escalate";

export type DraftView = { 
/**
 * What is chosen so far.
 */
kind: OpinionKindView | null, 
/**
 * Codes of reasons.
 */
reasons: Array<string>, 
/**
 * Free text for the applicant.
 */
text: string, 
/**
 * Internal note.
 */
note: string, };

export type HoldView = { 
/**
 * Why.
 */
note: string, 
/**
 * When to be reminded.
 */
remind_at_ms: number | null, };

export type CaseWorkView = { 
/**
 * The draft.
 */
draft: DraftView | null, 
/**
 * The note for whoever works on the case.
 */
note: string, 
/**
 * The hold.
 */
hold: HoldView | null, 
/**
 * The colleague who made it, when the case came from somebody else.
 */
by_name: string | null, };

export type CaseView = { 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * Names this opening; a decision must carry it.
 */
case_token: string, 
/**
 * State.
 */
state: CaseStateView, 
/**
 * Attempt k of 3.
 */
round: number, 
/**
 * When the applicant submitted.
 */
submitted_at_ms: number, 
/**
 * Deadline.
 */
deadline: DeadlineView, 
/**
 * Lamp at the moment of the answer.
 */
lamp: LampView, 
/**
 * My lease.
 */
lease: LeaseView, 
/**
 * What the applicant declared.
 */
declared: DeclaredView, 
/**
 * The photos, in the order in which they are shown.
 */
photos: Array<PhotoView>, 
/**
 * The applicant's earlier rounds in this period.
 */
earlier_rounds: Array<EarlierRoundView>, 
/**
 * The reasons that may be given.
 */
reasons: Array<ReasonView>, 
/**
 * Draft, note and hold.
 */
work: CaseWorkView, 
/**
 * Whether a decision of mine waits in the outbox already.
 */
is_decided_here: boolean, 
/**
 * Whether all that a decision needs is here: all photos seen ready, lease not lost.
 */
can_decide: boolean, };

export type LeaseStandingView = "held" | "lapsed";

export type LeaseView = { 
/**
 * How I stand to it.
 */
standing: LeaseStandingView, 
/**
 * When others may take the case.
 */
expires_at_ms: number, };

export type DeclaredView = { 
/**
 * Name.
 */
name: string, 
/**
 * Name before a change of name.
 */
former_name: string | null, 
/**
 * Document type.
 */
document_type: DocumentTypeView, 
/**
 * Number, normalised.
 */
document_number: string, 
/**
 * Start of validity.
 */
valid_from: string, 
/**
 * End of validity; `None` for 长期.
 */
valid_until: string | null, };

export type EvidenceKindView = "portrait_side" | "emblem_side" | "holding" | "supporting";

export type PhotoStateView = { "kind": "ready", 
/**
 * Address for an `<img>`; good until the case is closed or the desk locked.
 */
url: string, 
/**
 * Width of the rendition in pixels.
 */
width: number, 
/**
 * Height of the rendition in pixels.
 */
height: number, } | { "kind": "waiting" } | { "kind": "unshowable" };

export type PhotoView = { 
/**
 * Names the photo within the case.
 */
index: number, 
/**
 * What it shows.
 */
kind: EvidenceKindView, 
/**
 * Whether it can be shown.
 */
state: PhotoStateView, 
/**
 * Width of the original in pixels.
 */
original_width: number, 
/**
 * Height of the original in pixels.
 */
original_height: number, 
/**
 * Size of the original in bytes.
 */
original_bytes: number, };

export type EarlierRoundView = { 
/**
 * 1 or 2.
 */
round: number, 
/**
 * Its number.
 */
case_no: string, 
/**
 * Beijing date of submission.
 */
submitted_on: string, 
/**
 * `approved`, `rejected` or `void`.
 */
outcome: string, 
/**
 * Codes of the reasons.
 */
reasons: Array<string>, };

export type ReasonKindView = "retry" | "escalate";

export type ReasonView = { 
/**
 * Stable code.
 */
code: string, 
/**
 * What it leads to.
 */
kind: ReasonKindView, 
/**
 * Whether a text must be added.
 */
needs_text: boolean, 
/**
 * Label.
 */
label_zh: string, 
/**
 * Label.
 */
label_en: string, };

export type OpinionRequest = { 
/**
 * Which.
 */
kind: OpinionKindView, 
/**
 * Codes of reasons; empty for an approval.
 */
reasons: Array<string>, 
/**
 * Free text for the applicant; empty when none.
 */
text: string, };

export type DecisionPreviewRequest = { 
/**
 * The case.
 */
case_id: string, 
/**
 * The opinion.
 */
opinion: OpinionRequest, };

export type DecisionPreviewView = { 
/**
 * What still forbids it; `None` when it can be confirmed.
 */
problem: CommandError | null, 
/**
 * The whole text that the applicant gets, Chinese.
 */
applicant_text_zh: string, 
/**
 * The same in English.
 */
applicant_text_en: string, 
/**
 * On a rejection: what it costs the applicant.
 */
consequence: ConsequenceView | null, 
/**
 * Whether a second person must agree before it is final.
 */
needs_second_person: boolean, };

export type ConsequenceView = { 
/**
 * Attempt k of 3, counted in the period of the submission.
 */
attempt: number, 
/**
 * Manual reviews left, counted in today's period.
 */
left: number, 
/**
 * When none is left: from which Beijing date one can be applied for again.
 */
again_from: string | null, };

export type DecisionRecordRequest = { 
/**
 * The case.
 */
case_id: string, 
/**
 * The token of the opening that the reviewer looked at.
 */
case_token: string, 
/**
 * The opinion.
 */
opinion: OpinionRequest, 
/**
 * Internal note, never shown to the applicant; empty when none.
 */
note: string, 
/**
 * On a rejection: how many reviews the reviewer was told are left.
 */
reviews_left_shown: number | null, };

export type DecisionRecordedView = { 
/**
 * Names the decision.
 */
decision_id: string, 
/**
 * The next case that I hold, by deadline.
 */
next_case_id: string | null, };

export type OutboxStateView = "queued" | "sending" | "delivered" | "conflict" | "parked";

export type OutboxView = { 
/**
 * Undelivered first, by deadline; then delivered, newest first.
 */
rows: Array<OutboxRowView>, 
/**
 * Rises with every change.
 */
revision: number, };

export type CaseChangeView = "concluded" | "void" | "state" | "holder" | "evidence" | "version" | "consequence";

export type OutboxRowView = { 
/**
 * Names the decision.
 */
decision_id: string, 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * The applicant's name, while it is known here.
 */
name: string | null, 
/**
 * What was decided.
 */
opinion: OpinionKindView, 
/**
 * Codes of the reasons.
 */
reasons: Array<string>, 
/**
 * Free text for the applicant.
 */
text: string, 
/**
 * Internal note.
 */
note: string, 
/**
 * When it was confirmed.
 */
decided_at_ms: number, 
/**
 * Where it stands.
 */
state: OutboxStateView, 
/**
 * How often it was sent.
 */
attempts: number, 
/**
 * When it is sent next; `None` when not by itself.
 */
next_attempt_ms: number | null, 
/**
 * Why it is not delivered.
 */
problem: CommandError | null, 
/**
 * On a conflict: what stands.
 */
standing: StandingView | null, 
/**
 * 24:00 of the due day, if known, while it is not delivered: until then it must reach the server, or somebody must settle the conflict.
 */
breach_ms: number | null, 
/**
 * When the receipt came.
 */
delivered_at_ms: number | null, 
/**
 * Where the case stands after it: `concluded`, `second_opinion` or `supervisor_decides`.
 */
receipt_state: string | null, 
/**
 * The end of the time in which it can be taken back, while it can be.
 */
undo_until_ms: number | null, 
/**
 * It is undelivered for more than an hour.
 */
is_stuck: boolean, 
/**
 * What of the case changed since it was decided, as far as it is known here; for the two sides of a conflict.
 */
changed: Array<CaseChangeView>, 
/**
 * I can decide the case again: it is open, and nobody else holds it as far as is known here.
 */
can_redo: boolean, 
/**
 * It can still be taken back.
 */
can_undo: boolean, 
/**
 * It can be sent again.
 */
can_retry: boolean, 
/**
 * It can be put away by its author.
 */
can_dismiss: boolean, };

export type StandingView = { 
/**
 * State of the case.
 */
state: string, 
/**
 * `approved` or `rejected`.
 */
outcome: string | null, 
/**
 * Who.
 */
by_name: string | null, 
/**
 * When.
 */
at_ms: number | null, 
/**
 * Codes of the reasons.
 */
reasons: Array<string>, };

export type DayKindView = "workday" | "weekend" | "holiday" | "regional" | "make_up";

export type NoticeView = { 
/**
 * The year that it arranges.
 */
year: number, 
/**
 * Its number, where the quoted text carries one.
 */
number: string | null, 
/**
 * Beijing date of issue.
 */
issued: string, 
/**
 * Where its text was read.
 */
source: string | null, };

export type ExplainedDayView = { 
/**
 * Beijing date.
 */
date: string, 
/**
 * What it is.
 */
kind: DayKindView, 
/**
 * Holiday, regional, make-up: for which holiday, its Chinese name.
 */
holiday: string | null, 
/**
 * Holiday, make-up: the notice behind it; `None` where the law alone speaks.
 */
notice: NoticeView | null, 
/**
 * Regional: what ordered it.
 */
regional_source: string | null, 
/**
 * Which working day of the count it is, from 1; `None` when it is not counted.
 */
number: number | null, 
/**
 * No notice stands behind what it is.
 */
is_provisional: boolean, };

export type PolicyView = { 
/**
 * `P0`, `P1` or `P2`.
 */
id: string, 
/**
 * Its version.
 */
version: number, 
/**
 * Length in working days.
 */
working_days: number, 
/**
 * Whether a submission in time makes its own day day 1.
 */
counts_first_day: boolean, 
/**
 * Whether a submission on a day off is received on the next working day.
 */
moves_off_day: boolean, 
/**
 * `17:00`: from then on a submission is late for its day; `None` without a cut-off.
 */
cut_off: string | null, 
/**
 * `17:00`: the target on the due day.
 */
close_of_business: string, };

export type PackSourceView = "embedded" | "server" | "imported";

export type ExplanationView = { 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * The server's deadline, which counts, and how this desktop differs.
 */
deadline: DeadlineView, 
/**
 * When the applicant submitted.
 */
submitted_at_ms: number, 
/**
 * Beijing date of the submission.
 */
submitted_on: string, 
/**
 * The day that counts as the day of receipt; `None` when out of range.
 */
receipt_day: string | null, 
/**
 * The first day counted.
 */
day1: string | null, 
/**
 * The due date as counted here; the same as the server's unless [`DeadlineView::difference`] says otherwise.
 */
due_date: string | null, 
/**
 * By which rule.
 */
policy: PolicyView, 
/**
 * Name of the region whose extra days off count.
 */
region: string | null, 
/**
 * Serial of the pack in force here.
 */
pack_serial: number, 
/**
 * Serial of the pack by which the server computed.
 */
server_pack_serial: number, 
/**
 * Provisional: the year whose notice is missing.
 */
missing_year: number | null, 
/**
 * From the submission to the due day; empty when out of range.
 */
days: Array<ExplainedDayView>, };

export type MovedCaseView = { 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * Its due date before; `None` when out of range.
 */
from: string | null, 
/**
 * Its due date now.
 */
to: string | null, 
/**
 * The move alone makes it overdue.
 */
is_late_by_move: boolean, };

export type CalendarMovesView = { 
/**
 * Serial of the pack that did it.
 */
pack_serial: number, 
/**
 * Open cases that were computed again.
 */
computed: number, 
/**
 * Of these, moved.
 */
moved: number, 
/**
 * To an earlier day.
 */
earlier: number, 
/**
 * To a later day.
 */
later: number, 
/**
 * Overdue by the move alone.
 */
newly_overdue: number, 
/**
 * The moved ones by their new deadline, at most 200.
 */
cases: Array<MovedCaseView>, };

export type RefusedPackView = { 
/**
 * Why.
 */
refusal: CalendarRefusalView, 
/**
 * When, server time.
 */
at_ms: number, };

export type CalendarView = { 
/**
 * Serial of the pack in force here.
 */
serial: number, 
/**
 * First 12 hex digits of its hash, to compare on the phone.
 */
fingerprint: string, 
/**
 * When it was issued.
 */
issued_at_ms: number, 
/**
 * Where it came from.
 */
source: PackSourceView, 
/**
 * The last day that a notice settles.
 */
official_until: string, 
/**
 * Name of the office's region with extra days off.
 */
region: string | null, 
/**
 * The newest notices first, at most 12.
 */
notices: Array<NoticeView>, 
/**
 * Its health today.
 */
health: CalendarHealthView, 
/**
 * The last pack that was not accepted, if it is newer than the last accepted one.
 */
refused: RefusedPackView | null, 
/**
 * What the pack in force moved when it arrived.
 */
moves: CalendarMovesView | null, };

export type CalendarImportRequest = { 
/**
 * The file's text.
 */
file: string, };

export type CaseWorkRequest = { 
/**
 * The case.
 */
case_id: string, 
/**
 * The token of the opening.
 */
case_token: string, 
/**
 * The draft.
 */
draft: DraftView | null, 
/**
 * The note; empty when none.
 */
note: string, 
/**
 * The hold.
 */
hold: HoldView | null, };

export type CaseWhyRequest = { 
/**
 * The case.
 */
case_id: string, 
/**
 * 1 to 500 characters, for the office's records.
 */
reason: string, };

export type TakeOfflineRequest = { 
/**
 * Until when.
 */
until_ms: number, 
/**
 * How many cases in all.
 */
count: number, };

export type TakenOfflineView = { 
/**
 * Until when cases are taken offline; `None` when they are not.
 */
until_ms: number | null, 
/**
 * How many I hold.
 */
held: number, 
/**
 * The most that the server allows.
 */
most: number, 
/**
 * Ends of business days (24:00 Beijing) that may be chosen, nearest first.
 */
choices_ms: Array<number>, };

export type ExportView = { 
/**
 * The file.
 */
path: string, 
/**
 * How many decisions are in it.
 */
count: number, };

export type StuckRowView = { 
/**
 * The case.
 */
case_id: string, 
/**
 * Its number.
 */
case_no: string, 
/**
 * Whose it is.
 */
author_name: string, 
/**
 * Since when.
 */
since_ms: number, 
/**
 * Why.
 */
problem: CommandError, 
/**
 * 24:00 of the due day.
 */
breach_ms: number | null, };

export type StuckView = { 
/**
 * By deadline, the nearest first.
 */
rows: Array<StuckRowView>, 
/**
 * When the server was asked; `None` before the first time.
 */
asked_at_ms: number | null, };

export interface Commands {
  session_view: { request: undefined; answer: SessionView };
  session_sign_in: { request: SignInRequest; answer: SessionView };
  session_unlock: { request: UnlockRequest; answer: SessionView };
  session_renew: { request: UnlockRequest; answer: SessionView };
  session_lock: { request: undefined; answer: SessionView };
  session_sign_out: { request: SignOutRequest; answer: SessionView };
  status_view: { request: undefined; answer: StatusView };
  status_connect: { request: undefined; answer: null };
  queue_page: { request: QueuePageRequest; answer: QueuePageView };
  queue_next: { request: string | null; answer: string | null };
  case_open: { request: string; answer: CaseOpenView };
  case_close: { request: undefined; answer: null };
  case_report_technical: { request: string; answer: null };
  case_keep_work: { request: CaseWorkRequest; answer: null };
  case_give_back: { request: string; answer: null };
  case_recuse: { request: CaseWhyRequest; answer: null };
  case_revoke: { request: CaseWhyRequest; answer: null };
  lease_view: { request: undefined; answer: TakenOfflineView };
  lease_take_offline: { request: TakeOfflineRequest; answer: TakenOfflineView };
  lease_end_offline: { request: undefined; answer: TakenOfflineView };
  decision_preview: { request: DecisionPreviewRequest; answer: DecisionPreviewView };
  decision_record: { request: DecisionRecordRequest; answer: DecisionRecordedView };
  decision_undo: { request: string; answer: null };
  outbox_view: { request: undefined; answer: OutboxView };
  outbox_retry: { request: string; answer: null };
  outbox_dismiss: { request: string; answer: null };
  outbox_redo: { request: string; answer: string };
  outbox_export: { request: string[]; answer: ExportView };
  outbox_stuck: { request: undefined; answer: StuckView };
  storage_acknowledge: { request: undefined; answer: null };
  calendar_view: { request: undefined; answer: CalendarView };
  calendar_explain: { request: string; answer: ExplanationView };
  calendar_import: { request: CalendarImportRequest; answer: CalendarView };
  settings_view: { request: undefined; answer: SettingsView };
  settings_set_language: { request: LanguageView; answer: SettingsView };
}
