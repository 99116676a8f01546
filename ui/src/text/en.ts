// Every sentence of the window in English, in the shape that zh.ts gives.
// An error's sentence says what happened, what was kept, and what to do.
import type { CalendarRefusalView } from "../ipc/types";
import type { Catalogue } from "./zh";

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const many = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;
const waiting = (seconds: number | undefined): string =>
  seconds === undefined ? "later" : seconds < 90 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;

/** Why a calendar pack was refused: what is wrong with it, and what to do. */
const refusals: Record<CalendarRefusalView, readonly [wrong: string, todo: string]> = {
  too_large: [
    "The file is larger than 1 MiB, so it is no calendar pack and was not read.",
    "Check that it is the right file.",
  ],
  malformed: ["The file is cut off or is no calendar pack.", "Download or copy it again, then import it."],
  unknown_format: [
    "The calendar pack is of a newer format than this program knows.",
    "Update the program, then import it.",
  ],
  contradictory: ["The calendar pack contradicts itself.", "Ask its publisher to make it again."],
  empty: ["The calendar pack holds no published year.", "Ask its publisher to make it again."],
  make_up_on_weekday: [
    "The calendar pack calls an ordinary weekday a make-up day.",
    "Ask its publisher to check the notice.",
  ],
  working_days: [
    "The calendar pack has a year with an implausible number of working days (244 to 254 are plausible).",
    "Ask its publisher to check the notice.",
  ],
  statutory_days: ["The calendar pack lacks statutory days off.", "Ask its publisher to check the notice."],
  serial_not_higher: [
    "The calendar pack is not newer than the one in force.",
    "There is nothing to do; to replace it, publish one with a higher serial.",
  ],
  year_shrunk: ["The calendar pack shortens or empties a published year.", "Ask its publisher to check it."],
  past_changed: ["The calendar pack changes past days without saying so.", "Ask its publisher to check it."],
  unsigned: ["The calendar pack is not signed.", "Ask its publisher for the signed file."],
  signature_unreadable: [
    "The signature of the calendar pack cannot be read.",
    "Download or copy it again, then import it.",
  ],
  unknown_key: [
    "The calendar pack is signed with a key that this computer does not know.",
    "Check that the file comes from your server's publisher.",
  ],
  wrong_signature: [
    "The signature does not fit the content; the file may have been altered.",
    "Do not use it, and tell the technical desk.",
  ],
  keys_changed: [
    "The server's signing keys were all replaced and are unknown to this computer.",
    "Check them with the technical desk by phone, then sign in again.",
  ],
};
const refusal = (code: CalendarRefusalView | undefined): readonly [string, string] =>
  (code === undefined ? undefined : refusals[code]) ?? [
    "The calendar pack was not accepted.",
    "Tell the technical desk.",
  ];

const dayKinds = {
  workday: "working day",
  weekend: "weekend",
  holiday: "day off",
  regional: "regional day off",
  make_up: "make-up working day",
};
/** By the Chinese names of the notices: the whole name, and one that fits a cell. */
const holidays: Record<string, readonly [whole: string, short: string]> = {
  元旦: ["New Year", "NewYr"],
  春节: ["Spring Festival", "Spring"],
  清明节: ["Qingming Festival", "Qingm."],
  劳动节: ["Labour Day", "Labour"],
  端午节: ["Dragon Boat Festival", "Dragon"],
  中秋节: ["Mid-Autumn Festival", "Autumn"],
  国庆节: ["National Day", "Nat'l"],
  国庆节中秋节: ["National Day and Mid-Autumn Festival", "Nat'l"],
};
const holiday = (name: string): string => holidays[name]?.[0] ?? name;

export const en: Catalogue = {
  app: {
    title: "Review Desk",
    demonstration: "Demo",
    demonstration_hint: "Demonstration server: every person and document here is invented.",
    loading: "Opening…",
    language: "Language",
    other_language: "中文",
  },
  nav: {
    label: "Main",
    queue: "Queue",
    outbox: "Delivery",
    settings: "Settings",
    lock: "Lock",
    sign_out: "Sign out",
    keys: "Keyboard shortcuts",
    outbox_badge: (undelivered, attention) => `${undelivered} not delivered, ${attention} need you`,
  },
  common: {
    cancel: "Cancel",
    close: "Close",
    confirm: "Confirm",
    retry: "Try again",
    back: "Back to the queue",
    none: "None",
    incident: (id) => `Incident ${id}`,
  },
  role: { reviewer: "Reviewer", supervisor: "Supervisor", auditor: "Auditor" },
  date: {
    day: (year, month, day, weekday, with_year) =>
      `${weekdays[weekday] ?? ""} ${day} ${months[month - 1] ?? ""}${with_year ? ` ${year}` : ""}`,
    beijing: "Beijing time",
    month: (year, month) => `${months[month - 1] ?? ""} ${year}`,
    weekdays: ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
  },
  document_type: {
    resident_id_card: "Resident identity card",
    hmt_residence_permit: "Residence permit for Hong Kong, Macao and Taiwan residents",
    hm_travel_permit: "Mainland travel permit for Hong Kong and Macao residents",
    tw_travel_permit_5y: "Five-year mainland travel permit for Taiwan residents",
  },
  document_type_short: {
    resident_id_card: "Resident ID",
    hmt_residence_permit: "HMT residence",
    hm_travel_permit: "HM travel",
    tw_travel_permit_5y: "TW travel (5 y)",
  },
  case_state: {
    pending: "To review",
    second_opinion: "Second opinion",
    supervisor_decides: "Supervisor decides",
    technical: "Technical desk",
    concluded: "Concluded",
    void: "Void",
  },
  outcome: { approved: "Approved", rejected: "Rejected", void: "Void" },
  opinion: { approve: "Approve", reject: "Reject", escalate: "Escalate" },
  reasons: {
    blurred: "Blurred or illegible",
    glare: "Glare",
    cropped: "Cropped or covered",
    side_missing: "A side is missing",
    copy: "Copy or black-and-white",
    photo_of_screen: "Photo of a screen or screenshot",
    expired: "Expired",
    type_mismatch: "Type does not match",
    name_mismatch: "Name differs",
    number_mismatch: "Number differs",
    validity_mismatch: "Validity differs",
    not_the_applicant: "Someone else's document",
    name_change_proof_missing: "Proof of name change missing",
    other: "Other",
    suspected_tampering: "Suspected tampering",
    same_document_elsewhere: "Same document under another account",
    portrait_in_doubt: "Portrait in doubt",
  },
  lamp: {
    normal: "On time",
    near: "Near",
    due_today: "Due today",
    after_close: "After hours",
    overdue: (days) => (days > 0 ? `Overdue ${days}` : "Overdue"),
    unknown: "Unknown",
  },
  countdown: {
    days_left: (days) => `${many(days, "working day", "working days")} left`,
    until_close: (closes, clock) => `by ${closes} today · ${clock}`,
    until_midnight: (clock) => `valid until 24:00 · ${clock}`,
    overdue: (days) => (days > 0 ? `${many(days, "working day", "working days")} over` : "overdue"),
    unknown: "beyond the calendar",
    provisional: "provisional",
    provisional_short: "prov.",
    provisional_why: (earliest, latest) =>
      `Next year's days off are not published yet, so this date is provisional; it may fall between ${earliest} and ${latest}.`,
    estimate: "est.",
    moved: "calendar changed",
    moved_why: (first) => `First promised for ${first}; a change of calendar moved it.`,
    late_by_move: "by calendar",
    late_by_move_why: (first) =>
      `In time by the first promise (${first}); overdue because of the change of calendar alone.`,
    differs: "differs here",
    differs_why: (date) => `This computer works out ${date}; the server's date counts.`,
    differs_none: "The calendar on this computer does not reach this deadline; the server's date counts.",
  },
  legend: {
    open: "Legend",
    title: "Lamps and marks",
    intro: "Lit by working days left, never by percent; the server's Beijing time counts.",
    meaning: {
      normal: "3 or more working days left",
      near: "2 or 1 working days left",
      due_today: "due today; the countdown runs to the close of business",
      after_close: "after hours on the due day; until 24:00 it still counts",
      overdue: "past the deadline; the number counts the working days over",
    },
    marks: "Marks",
    provisional: "next year's days off are not published; the date may change",
    moved: "a change of calendar moved the date; the first promise is on record",
    late_by_move: "overdue because of the change of calendar alone",
    differs: "this computer works out another date; the server's counts",
  },
  session: {
    title: "Review Desk",
    subtitle: "Manual review of real-name checks",
    unlock_title: "Unlock",
    unlock_offline: "Unlocking happens on this computer and works without a network.",
    whose: "Account",
    password: "Password",
    last_opened: (when) => `last opened ${when}`,
    show_password: "Show password",
    hide_password: "Hide password",
    unlock: "Unlock",
    unlocking: "Unlocking…",
    other_account: "Sign in with another account",
    back_to_unlock: "Back to unlock",
    forgot: "Forgot the password? Sign in online",
    differs_title: "The data here has another password",
    differs_text:
      "The server took your password, but it does not open the data on this computer. Undelivered decisions are delivered whichever you choose.",
    differs_before: "Enter the password from before the change",
    differs_before_kept: "Cases, drafts and notes here are kept; from now on the new password unlocks them.",
    differs_new: "I don't remember it: start a new cache",
    differs_new_kept:
      "Cases and photos are pulled again; drafts and notes that never reached the server can't be opened any more. Decisions are still delivered.",
    old_password: "Password from before",
    continue: "Continue",
    back_to_sign_in: "Back to sign-in",
    sign_in_title: "Sign in",
    sign_in_first: "The first sign-in needs the server; after that you can unlock and work offline.",
    server: "Server address",
    account: "Account",
    sign_in: "Sign in",
    signing_in: "Signing in…",
    fill: (label) => `Please fill in: ${label}`,
    renew_title: "Sign in again",
    renew_text:
      "The server wants your password again. Everything you decided is saved and will be delivered afterwards.",
    renew: "Continue",
    sign_out_title: "Sign out",
    sign_out_text:
      "Photos and declared data leave this computer and are pulled again at the next sign-in. The cases that you hold are given back, with their drafts.",
    sign_out_left: (count) => `${many(count, "decision is", "decisions are")} not delivered yet.`,
    sign_out_nearest: (date, time) =>
      `The nearest deadline is ${date} ${time}; this computer must be online before then.`,
    sign_out_kept:
      "They stay here, encrypted, and are delivered while this program is open and online, whoever is signed in. Until then they conclude nothing.",
    sign_out: "Sign out",
    sign_out_anyway: "Sign out anyway",
    unavailable_title: "Review Desk cannot start",
  },
  delivery: {
    working: "being delivered",
    offline: "server not reached; delivered by itself once it is",
    needs_sign_in: "its author must sign in online once",
    revoked: "this computer was revoked, nothing is sent; ask your supervisor",
    too_old: "this program is too old to deliver; update it",
    needs_unlock: "its author must unlock once",
  },
  waiting: {
    title: "Decisions still wait on this computer",
    text: "They belong to these accounts, encrypted; nobody else can read them. They are delivered while the program is open and online.",
    of_others: "Colleagues' decisions that wait on this computer",
    count: (n) => many(n, "decision", "decisions"),
    count_unknown: "number known after unlocking",
    nearest: (date, time) => `connect before ${date} ${time}`,
    nearest_missed: (date, time) => `${date} ${time} has passed, connect as soon as possible`,
  },
  banner: {
    label: "Notices",
    offline_too_long: (when, days) =>
      `Looking only for now: your last sign-in was ${when}, more than ${many(days, "working day", "working days")} ago. Everything you decided is saved and still delivered. Connect and enter your password.`,
    too_many_undelivered: (most) =>
      `Looking only for now: ${most} decisions wait for delivery, the most that is allowed. All are saved. Connect to deliver them, then go on.`,
    cache_renewed: (file) =>
      `The file of cases or photos on this computer was ${file === null ? "missing" : "damaged"}; it was made anew and is pulled again. Your decisions, drafts and notes are not affected.${file === null ? "" : ` The damaged file is kept as ${file}.`}`,
    work_damaged: (file, kept, lost) =>
      `The file with decisions, drafts and notes was damaged. ${many(kept, "decision", "decisions")} could be read, are kept and delivered; ${lost === null ? "nobody can tell whether some were lost" : lost === 0 ? "none was unreadable" : `${many(lost, "entry", "entries")} could not be read`}. The damaged file is kept as ${file}: do not delete it, and tell the technical desk.`,
    acknowledge: "I have read this",
  },
  offline: {
    title: "Take offline",
    text: "Before you work where there is no network: hold more cases, and keep all of them until the time you choose. Decide as usual; decisions are delivered once you are online.",
    until: "Until",
    until_choice: (date, time) => `${date} ${time}`,
    count: "Cases in all",
    count_hint: (held, most) => `you hold ${held}, at most ${most}`,
    none: "No time can be chosen now. Ask your supervisor or the technical desk to check the calendar.",
    needs_connection: "Offline now. Holding more cases, and ending this, needs a connection.",
    now: (date, time) => `Taken offline until ${date} ${time}.`,
    take: "Take offline",
    extend: "Change",
    end: "End taking offline",
    taken: (date, time) => `Offline until ${date} ${time}; the material is loading`,
    ended: "No longer taken offline; leases end as usual",
  },
  strip: {
    label: "Connection and delivery",
    online: "Online",
    offline: "Offline",
    connecting: "Connecting",
    sign_in_needed: "Sign in again",
    offline_ready: (n) => `${n} ready offline`,
    undelivered: (n) => `${n} not delivered`,
    attention: (n) => `${n} need you`,
    nearest: (date, time) => `connect before ${date} ${time}`,
    nearest_missed: (date, time) => `${date} ${time} has passed, connect as soon as possible`,
    nearest_title: (case_no) => `Deadline of case ${case_no}`,
    pull: (done, total) => `Photos ${done}/${total}`,
    clock: "The server's Beijing time",
    clock_error: (seconds) => `The server's Beijing time, at most ${seconds} s off`,
    estimate_why: "No contact with the server for more than an hour; countdowns run on this computer's count.",
    reconnect: "Reconnect now",
    enter_password: "Enter password",
    last_contact: (when) => `last contact ${when}`,
    delivery: {
      working: "delivering",
      offline: "delivery is held up",
      needs_sign_in: "delivery needs a sign-in",
      revoked: "computer revoked, nothing is sent",
      too_old: "program too old to deliver",
      needs_unlock: "delivery needs an unlock",
    },
    stuck: (n) => `${n} undelivered for over an hour`,
    others: (n) => `${n} of colleagues wait`,
    others_unknown: "colleagues' decisions wait",
    stuck_elsewhere: (n) => `${n} stuck elsewhere`,
    take_offline: "Take offline",
    offline_until: (date, time) => `offline until ${date} ${time}`,
  },
  queue: {
    title: "Queue",
    total: (n) => many(n, "case", "cases"),
    only_mine: "Only mine",
    columns: {
      lamp: "Lamp",
      due: "Deadline",
      countdown: "Countdown",
      name: "Name",
      type: "Document type",
      last_four: "Ends",
      round: "Attempt",
      state: "State",
      lease: "Held by",
      case_no: "Case number",
    },
    round: (k) => `${k} of 3`,
    free: "Free",
    mine: "Mine",
    mine_ready: "Mine · offline",
    mine_ready_why: "Everything is on this computer; it can be reviewed offline",
    other: (holder) => holder,
    has_draft: "Draft",
    on_hold: "On hold",
    on_hold_until: (when) => `On hold, reminder ${when}`,
    reminder: (when) => `On hold: reminder of ${when}`,
    pulling: "Pulling the queue…",
    not_pulled_offline: "The queue was never pulled from the server. It comes by itself once the connection is back.",
    empty: "No cases to review",
    empty_hint: "New cases appear here by themselves.",
    empty_mine: "You hold no case",
    empty_mine_hint: "Turn off “Only mine” to see all; opening a case takes it.",
    failed: "The queue could not be read",
    row_loading: "Loading",
    keys: "↑ ↓ choose, Enter opens",
  },
  case: {
    title: (case_no) => `Case ${case_no}`,
    back: "Queue",
    next: "Next",
    no_next: "You hold no other case",
    loading: "Opening the case…",
    failed: "The case could not be opened",
    declared: "Declared data",
    name: "Name",
    former_name: "Former name",
    type: "Type",
    number: "Number",
    validity: "Validity",
    validity_span: (from, until) => `${from} – ${until}`,
    long_term: "long-term (长期)",
    submitted: "Submitted",
    round: (k) => `${k} of 3`,
    round_label: "Attempt",
    earlier: "Earlier in this period",
    earlier_row: (k, date, outcome) => `Attempt ${k} · ${date} · ${outcome}`,
    deadline: "Deadline",
    lease: "Lease",
    lease_held: (until) => `yours until ${until}`,
    lease_lapsed: (since) => `lapsed at ${since}; a decision still counts while nobody takes the case`,
    decided_here: "You decided this case already; see Delivery.",
    technical: "Can't see a photo?",
    technical_action: "Report it",
    technical_title: "Send to the technical desk",
    technical_text:
      "A photo that cannot be shown is a technical problem, never a reason to reject. The case goes to the technical desk; its deadline runs on.",
    technical_done: "Reported to the technical desk",
    changed: "This case changed on the server and was updated; please check it again before you decide.",
    fetching: "Taking the case and loading its material…",
    fetching_hint: "It appears by itself; you can review other cases meanwhile.",
    offline: "Offline: this case cannot be taken now",
    offline_hint:
      "Its material is not on this computer. Review the cases marked “Mine · offline”; open this one once online.",
    note: "Note for colleagues",
    note_hint: "goes along with the case, never to the applicant",
    by_name: (who) => `Draft and note are from ${who}`,
    work_saved: "Saved",
    work_failed: "Draft and note were not saved:",
    ways: "Also possible with this case",
    reason: "Reason",
    reason_hint: "1 to 500 characters, for the office's records, never shown to the applicant",
    hold: "Hold",
    hold_title: "Put this case on hold",
    hold_text: "You keep the case and its draft; its deadline runs on.",
    hold_why: "Why it waits",
    hold_remind: "Reminder",
    hold_no_reminder: "No reminder",
    on_hold: (why) => `On hold: ${why}`,
    on_hold_remind: (when) => `reminder ${when}`,
    hold_done: "On hold",
    hold_end: "End hold",
    give_back: "Give back",
    give_back_title: "Give this case back",
    give_back_text: "Others can take it then; your draft and your note go along with it.",
    given_back: "Given back",
    recuse: "Recuse",
    recuse_title: "Stand back from this case",
    recuse_text:
      "Stand back where you have an interest in the applicant. The case goes to a colleague and never comes back to you; this can't be undone.",
    recuse_confirm: "Stand back",
    recused: "You stood back; a colleague gets the case",
    revoke: "End the lease",
    revoke_title: "End the lease of this case",
    revoke_text: (holder) =>
      `${holder} no longer holds this case; draft and note stay with it. A decision that is made but not delivered becomes a conflict and goes back to its author.`,
    revoke_holder: "The holder",
    revoked: "The lease is ended; taking the case for you",
    held_by_other: (holder) => `${holder} is reviewing this case`,
    held_by_other_unknown: "A colleague is reviewing this case",
    held_by_other_hint: "It opens when the lease ends or is given back. Please review another case.",
    refused: "The server does not give you this case",
    refused_hint: "It may be concluded, moved, or you hold as many as allowed. Please go back to the queue.",
  },
  photo: {
    label: "Evidence photo",
    tabs: "Evidence",
    portrait_side: "Portrait side",
    emblem_side: "Emblem side",
    other_side: "Other side",
    holding: "Holding",
    supporting: "Supporting",
    waiting: "Photo is on its way…",
    unshowable: "This photo cannot be shown safely",
    unshowable_hint: "Please report it to the technical desk; it is no reason to reject.",
    fit: "Fit",
    actual: "Actual size 1:1",
    zoom_in: "Zoom in",
    zoom_out: "Zoom out",
    turn_right: "Turn right 90°",
    turn_left: "Turn left 90°",
    original: (width, height, size) => `original ${width} × ${height} · ${size}`,
    help: "Wheel zooms, drag or arrow keys move",
    missing: "No photos",
  },
  decision: {
    title: "Decision",
    choose: "Choose a decision",
    approve_confirm: "Declared data and evidence agree: approve the real-name check?",
    reject_reasons: "Reasons to reject (one or more)",
    escalate_reasons: "Reasons to escalate (one or more)",
    retry_kind: "Can be mended",
    escalate_kind: "Needs a second person",
    text: "Addition for the applicant",
    text_needed: "Addition for the applicant (needed)",
    note: "Internal note",
    note_hint: "never shown to the applicant",
    preview: "The applicant will receive",
    preview_other: "In English",
    preview_empty: "Appears once a reason is chosen",
    consequence_left: (attempt, left) => `This is attempt ${attempt} of 3; ${many(left, "review", "reviews")} left.`,
    consequence_none: (attempt, date) =>
      `This is attempt ${attempt} of 3; no reviews left in this period, the applicant can apply again from ${date}.`,
    consequence_none_undated: (attempt) => `This is attempt ${attempt} of 3; no reviews left in this period.`,
    second_person: "A second person must agree before it is concluded, without seeing your decision.",
    escalate_hint: "Escalating is not rejecting: another person judges independently.",
    escalate_counts: "This is a second look already: escalating counts as a rejection.",
    confirm: { approve: "Confirm approval", reject: "Confirm rejection", escalate: "Confirm escalation" },
    saved: "Saved, waiting for delivery",
    saving: "Saving…",
    draft_approve: "The draft had “Approve”. Choose again after you looked.",
    not_ready: "Material is missing or the lease is gone; no decision yet.",
    technical: "The case is at the technical desk; no decision yet.",
  },
  outbox: {
    title: "Delivery",
    intro:
      "A decision is saved here first and delivered once the server confirms it. Conflicting and parked decisions are never lost.",
    attention: "Needs you",
    waiting: "Not delivered",
    delivered: "Delivered",
    empty: "No decisions",
    empty_hint: "Your decisions appear here until they are delivered.",
    state: { queued: "Waiting", sending: "Sending", delivered: "Delivered", conflict: "Conflict", parked: "Parked" },
    decided: (when) => `decided ${when}`,
    my_text: "Text for the applicant",
    my_note: "Internal note",
    mine: "My decision",
    note_of_mine: "Everything you wrote is kept; only you see it.",
    standing: "What stands",
    standing_by: (who) => `by ${who}`,
    standing_none: "no other decision on the server yet",
    changes: "Unlike when you reviewed it",
    changed: {
      concluded: "it is concluded",
      void: "it was voided",
      state: "its state changed",
      holder: "a colleague holds it, or your lease was ended",
      evidence: "the photos were replaced",
      version: "its content changed",
      consequence: "the applicant would have no review left",
    },
    stuck: "Undelivered for over an hour",
    redo: "Review again with mine",
    redo_why: "Opens the case with your decision as the draft; confirm it after you looked.",
    export: "Export",
    export_all: (n) => `Export ${n} undelivered`,
    exported_title: "Recovery copy written",
    exported: (n) =>
      `${many(n, "decision is", "decisions are")} in the file below, encrypted: only the review server can open it.`,
    exported_next:
      "Give the file to the technical desk for the server. The decisions stay here too and are delivered as usual, never twice.",
    elsewhere: "Stuck on colleagues' computers",
    elsewhere_intro:
      "These decisions are undelivered for over an hour on a colleague's computer. Please ask the author or look at that computer.",
    elsewhere_since: (when) => `since ${when}`,
    elsewhere_asked: (when) => `as of ${when}`,
    elsewhere_why: {
      server_unreachable: "that computer does not reach the server",
      server_not_trusted: "that computer does not trust the server's certificate",
      not_a_review_server: "that computer reaches something that is no review server",
      other_server: "that computer reaches another server",
      session_expired: "its author must sign in again",
      desktop_too_old: "the program there is too old",
      device_revoked: "that computer was revoked",
      server_fault: "the server has a fault",
      already_decided: "conflict: another decision stands",
      lease_lost: "conflict: a colleague holds the case",
      state_changed: "conflict: the case is in another state",
      evidence_changed: "conflict: the photos were replaced",
      version_changed: "conflict: the case changed",
      consequence_changed: "conflict: no review would be left",
      decision_refused: "parked: the server refuses it",
    },
    elsewhere_why_other: "see that computer",
    next_attempt: (when) => `next try ${when}`,
    tried: (n) => `tried ${many(n, "time", "times")}`,
    connect_before: (date, time) => `connect before ${date} ${time}`,
    deadline: (date, time) => `deadline ${date} ${time}`,
    missed: (date, time) => `${date} ${time} has passed, connect as soon as possible`,
    delivered_at: (when) => `delivered ${when}`,
    retry: "Deliver again",
    undo: "Take back",
    dismiss: "Put away",
    open: "Open the case",
    dismiss_title: "Put this decision away",
    dismiss_text: "It is no longer shown and will not be delivered. What stands is not affected.",
    undone: "Taken back; the case is in your queue again",
    undo_seconds: (n) => `${n} s left to take back`,
    seconds: (n) => `${n} s`,
    undo_label: "Take the last decision back",
    no_name: "name no longer on this computer",
    failed: "The deliveries could not be read",
  },
  calendar: {
    explain: "Explain the deadline day by day",
    title: (case_no) => `How the deadline is counted · case ${case_no}`,
    title_waiting: "How the deadline is counted",
    loading: "Counting day by day…",
    failed: "The explanation could not be opened",
    out_of_range: "Beyond the calendar",
    out_of_range_why:
      "The calendar does not reach this deadline yet, and nothing is guessed. It is worked out by itself once a newer calendar is here.",
    due: "Deadline",
    until: (close) => `close of business ${close} is the target, 24:00 the limit`,
    grid: "Calendar from the submission to the due day",
    summary: (c) => {
      const off = [
        ...(c.weekend > 0 ? [many(c.weekend, "weekend day", "weekend days")] : []),
        ...c.holidays.map((one) => `${one.days} ${holiday(one.name)}`),
        ...(c.regional > 0 ? [`${c.regional} regional`] : []),
      ];
      const rest = c.weekend + c.regional + c.holidays.reduce((sum, one) => sum + one.days, 0);
      return [
        `${many(c.total, "day", "days")} with the day of submission: ${many(c.counted, "working day", "working days")}`,
        c.make_up > 0 ? ` (of these ${many(c.make_up, "make-up day", "make-up days")})` : "",
        rest > 0 ? `, ${many(rest, "day", "days")} off (${off.join(", ")})` : "",
        c.uncounted > 0
          ? `, ${many(c.uncounted, "working day", "working days")} not counted (day of submission or receipt)`
          : "",
        ".",
      ].join("");
    },
    summary_here: "As counted here: ",
    rule_title: "Rule",
    rule: (p) => {
      const cut = p.cut_off;
      const received = p.moves_off_day
        ? `A submission on a day off${cut === null ? "" : ` or from ${cut} on`} is received on the next working day; the day of receipt is not counted`
        : cut === null
          ? "The day of submission is not counted"
          : `A submission from ${cut} on is received on the next working day; the day of receipt is not counted`;
      const begins = p.counts_first_day
        ? `A submission on a working day${cut === null ? "" : ` before ${cut}`} makes that day day 1, any other the next working day`
        : `${received}, day 1 is the next working day`;
      return `${begins}; working day ${p.working_days} is the due day, with ${p.close_of_business} as the target and 24:00 as the limit. (${p.id}, version ${p.version})`;
    },
    applied: (submitted, received, day1) =>
      `Submitted ${submitted}${received === null ? "" : `, received as of ${received}`}; day 1 is ${day1}.`,
    region: (name) => `The regional days off of ${name} count as well.`,
    notices: "Notices behind it",
    no_notices: "No notice arranges any of these days; Monday to Friday count.",
    no_notices_yet: (year) => `The notice for ${year} has not arrived; the earlier ones arrange none of these days.`,
    notice: (n) => `${n.number ?? "State Council notice (no number quoted)"}, issued ${n.issued}, for ${n.year}`,
    by_law: "notice not published; by the law on days off",
    pack: (serial) => `Calendar pack ${serial}`,
    pack_server: (serial) => `the server counted by calendar pack ${serial}`,
    provisional_why: (year, earliest, latest) =>
      `The days off of ${year} have not arrived yet; only the statutory ones are assumed. Once published, the date may fall between ${earliest} and ${latest} and is worked out again by itself.`,
    moved: (first, now) => `First promised for ${first}, now ${now}, because the calendar changed.`,
    moved_region: (first, now) => `First promised for ${first}, now ${now}, because the regional days off changed.`,
    late_by_move: "In time by the first promise; overdue because of this change alone.",
    difference: (server, here) =>
      `The server says ${server}, this computer works out ${here}; the server's date counts.`,
    difference_none: (server) =>
      `The server says ${server}, this computer cannot work it out; the server's date counts.`,
    why_differs: {
      older_pack_here: "The calendar here is older than the server's; it is updated by itself once connected.",
      newer_pack_here: "A newer calendar was imported here; the server has not activated it yet.",
      other_pack: "The two calendars have one serial but not one content; please tell the technical desk.",
      other_policy: "The server counts by another rule; this program may need an update.",
      unexplained: "Rule and calendar are the same, the results are not: a fault. Please tell the technical desk.",
    },
    offline: "Offline: this explains the deadline last received from the server.",
    holiday,
    holiday_short: (name) => holidays[name]?.[1] ?? name,
    kind: dayKinds,
    cell: {
      weekend: "wkend",
      make_up: "on",
      holiday: "off",
      regional: "reg.",
      submission: "sent",
      uncounted: "—",
      due: "due",
    },
    legend: {
      submission: "submitted",
      counted: "working day n",
      due: "due day",
      weekend: "weekend",
      holiday: "day off",
      make_up: "make-up day",
      regional: "regional day off",
      uncounted: "working day not counted",
      provisional: "provisional",
      here: "by this computer alone",
    },
    day: (d) =>
      [
        `${weekdays[d.weekday] ?? ""} ${d.day} ${months[d.month - 1] ?? ""} ${d.year}`,
        `${dayKinds[d.kind]}${d.holiday === null ? "" : ` (${holiday(d.holiday)})`}`,
        ...(d.number !== null ? [`working day ${d.number}`] : []),
        ...(d.number === null && (d.kind === "workday" || d.kind === "make_up") ? ["not counted"] : []),
        ...(d.is_submission ? ["day of submission"] : []),
        ...(d.is_due ? ["deadline"] : []),
        ...(d.is_due_here ? ["by this computer alone; the server's date counts"] : []),
        ...(d.is_provisional ? ["provisional"] : []),
      ].join(", "),
    settings_title: "Working-day calendar",
    serial: "Serial",
    fingerprint: "Fingerprint",
    issued: "Issued",
    source_title: "Source",
    source: { embedded: "built into the program", server: "from the server", imported: "imported from a file" },
    official_until: "Published until",
    region_title: "Regional days off",
    no_region: "none where the office is",
    health_title: "Health",
    health: {
      good: (year) => `Good. The days off of ${year} are usually published in November.`,
      notice: (year) =>
        `The days off of ${year} have not arrived: deadlines across New Year are provisional. A supervisor can import the calendar pack, or wait for the server; everything is then worked out again.`,
      urgent: (year) =>
        `The days off of ${year} are still missing and the year is nearly over: deadlines across New Year are provisional. Import the calendar pack soon, or ask the technical desk to publish it on the server.`,
    },
    notice_short: (year) => `Days off of ${year} missing`,
    notice_long: ": deadlines across New Year are provisional",
    notice_title: "Days off",
    notice_rest: "Not again today",
    notice_settings: "Open the calendar's settings",
    notices_title: "Notices",
    notice_columns: { year: "Year", number: "Number", issued: "Issued" },
    no_number: "none quoted",
    moves_title: "What it moved",
    moves: (computed, moved) =>
      moved === 0
        ? `${many(computed, "case", "cases")} worked out again, none moved.`
        : `${many(computed, "case", "cases")} worked out again, ${moved} moved.`,
    moves_parts: (earlier, later, late) =>
      `${earlier} earlier, ${later} later${late > 0 ? `, ${late} overdue because of it` : ""}.`,
    moves_list: "Cases that moved",
    moves_first: (n) => `Only the ${n} that are due first are listed.`,
    move_open: (case_no) => `Open case ${case_no}`,
    out_of_range_short: "beyond the calendar",
    refused_title: "Last refusal",
    refused_at: (when) => `${when}: `,
    import_title: "Import from a file",
    import: "Choose a calendar pack…",
    import_hint:
      "For offices without a network: choose the .json file from the publisher. Only a pack that is newer and signed for this server is accepted.",
    importing: "Checking the signature and working out again…",
    imported: (serial) => `Calendar pack ${serial} is in force.`,
    unreadable:
      "The file could not be read, so nothing was imported and the calendar in force stays. Check the file and try again.",
  },
  settings: {
    title: "Settings",
    account: "Account",
    office: "Office",
    server: "Server",
    data_folder: "Data folder",
    version: "Version",
    protection: "Protection of local data",
    keychain: "By your password together with a device key in the system keychain.",
    password_only: "By your password alone: this computer has no usable keychain. Please use a long password.",
  },
  keys: {
    title: "Keyboard shortcuts",
    hint: "Single keys do nothing while you type in a field or compose with an input method.",
    scope: { everywhere: "Everywhere", list: "Queue", photo: "Photo", case: "Case", decision: "Decision" },
    show: "Show shortcuts",
    queue: "Queue",
    outbox: "Delivery",
    settings: "Settings",
    lock: "Lock at once",
    leave: "Close or go back",
    undo: "Take the last decision back",
    down: "Next row",
    up: "Previous row",
    page_down: "Next screen",
    page_up: "Previous screen",
    first: "First row",
    last: "Last row",
    open: "Open",
    only_mine: "Only mine",
    explain: "Explain the deadline",
    next_case: "Next case that I hold",
    technical: "Report to the technical desk",
    hold: "Hold",
    give_back: "Give back",
    recuse: "Recuse",
    case_note: "Write a note for colleagues",
    photo_next: "Next photo",
    photo_previous: "Previous photo",
    fit: "Fit",
    actual: "Actual size",
    zoom_in: "Zoom in",
    zoom_out: "Zoom out",
    turn_right: "Turn right",
    turn_left: "Turn left",
    pan: "Move the photo",
    approve: "Approve",
    reject: "Reject",
    escalate: "Escalate",
    confirm: "Confirm the decision",
    reason: "Choose a reason",
    note: "Write an internal note",
  },
  errors: {
    wrong_password: () =>
      "Account or password is wrong. You are not signed in; nothing on this computer changed. Check both and try again.",
    account_locked: (p) =>
      `Too many wrong passwords; the account is locked for a while. Everything you decided is saved. Try again ${waiting(p.retry_after_s)}.`,
    account_disabled: () =>
      "The office has closed this account. Nothing on this computer changed. Please ask your supervisor.",
    bad_server_address: () =>
      "The server address is not a web address, so nothing was contacted. Check it, for example https://review.example.org.",
    insecure_server_address: () =>
      "The address is not encrypted (http), so nothing was contacted, to protect applicants. Use an address that begins with https.",
    server_unreachable: () =>
      "The server cannot be reached. Everything you decided is saved on this computer. Check the network; it reconnects by itself.",
    not_a_review_server: () =>
      "Something answers there, but it is no review server (perhaps a web page or a network log-in). Everything saved is kept. Check the address, or log in to the network first.",
    server_not_trusted: () =>
      "The server's certificate is not trusted, so nothing was sent. Everything saved is kept. Please tell the technical desk and do not work around it.",
    other_server: () =>
      "This is a review server, but not the one that the data on this computer belongs to. Nothing was sent. Check the server address.",
    server_fault: (p) =>
      `The server has a fault${p.status === undefined ? "" : ` (${p.status})`}. Everything you decided is saved here and is tried again by itself. If it goes on, tell the technical desk.`,
    desktop_too_old: () =>
      "This program is too old for the server. Everything you decided is saved on this computer. Please update the program.",
    server_too_old: () =>
      "The server is too old for this program. Everything you decided is saved on this computer. Ask the technical desk to update the server.",
    session_expired: () =>
      "Your sign-in has ended. Everything you decided is saved on this computer. Enter your password again and delivery goes on.",
    unlock_failed: (p) =>
      p.tries_left === undefined || p.tries_left > 5
        ? "The password does not open the data on this computer. Nothing changed. Check it and try again."
        : `The password does not open the data on this computer. Nothing changed. After ${many(p.tries_left, "more wrong try", "more wrong tries")} the key of the cache is destroyed and you must sign in online; what you decided is not affected.`,
    vault_password_differs: () =>
      "The password is right for the server but does not open the data on this computer (perhaps it was changed elsewhere). The data is unchanged. Choose below how to go on.",
    keychain_lost: () =>
      "The system keychain no longer has this device's key, so the data here cannot be opened. Nothing was deleted. Restore the keychain or ask the technical desk.",
    too_many_guesses: (p) =>
      `Too many wrong passwords. Nothing changed, and what you decided is still delivered. Try again ${waiting(p.retry_after_s)}.`,
    vault_retired: () =>
      "Too many wrong passwords: the key of the cache on this computer was destroyed. Your decisions are kept and still delivered. Sign in online with your account.",
    vault_too_new: () =>
      "The data on this computer was written by a newer version. Nothing was changed. Update the program, then open it again.",
    vault_damaged: () =>
      "The data files on this computer are damaged and do not open. Nothing was deleted. Tell the technical desk; what was delivered stands, and cases can be pulled from the server again.",
    second_instance: () =>
      "Review Desk is already running on this computer. Nothing was changed. Please switch to the open window.",
    disk_full: () =>
      "The disk is full, so this step was not saved. What was saved before is intact. Free some space and try again.",
    storage: () =>
      "The data folder could not be read or written, so this step was not saved. What was saved before is intact. Try again; if it fails again, tell the technical desk.",
    locked: () => "The desk is locked. Everything you decided is saved. Unlock it to go on.",
    case_not_here: () =>
      "This case is not on this computer. Nothing was recorded. Go back to the queue and open it while online.",
    offline_too_long: (p) =>
      `Your last sign-in is more than ${p.count === undefined ? "the allowed number of working days" : many(p.count, "working day", "working days")} ago, so no new decision can be made. Everything you decided is saved and still delivered. Connect and enter your password.`,
    too_many_undelivered: (p) =>
      `Too many decisions are undelivered${p.count === undefined ? "" : ` (at most ${p.count})`}, so no new one can be made. Everything you decided is saved. Connect to deliver them first.`,
    device_revoked: () =>
      "The office has revoked this computer; what was cached here can no longer be used. Your decisions stay here, encrypted. Please ask your supervisor.",
    recused: () =>
      "You stood back from this case, so no decision was recorded. A colleague will review it. Please go on with another case.",
    bad_text: () =>
      "The text is missing, too long or has characters that are not allowed. Nothing was recorded, your text is kept. Change it and try again.",
    export_failed: () =>
      "The recovery copy could not be written. The decisions are still saved here, unharmed. Check the disk and try again, or tell the technical desk.",
    case_changed: () =>
      "The case was opened again or changed, so the decision was not recorded. Look at it once more and decide again.",
    not_held: () =>
      "You do not hold this case, so the decision was not recorded. Open it again from the queue while online.",
    lease_lost: (p) =>
      `${p.holder ?? "A colleague"} took this case, so your decision does not count. What you wrote is kept. Please review another case.`,
    already_decided_here: () =>
      "You decided this case already; nothing was recorded twice. See Delivery to look at it or take it back.",
    photos_missing: () =>
      "Not all photos are here or can be shown, so nothing was recorded. Wait for them, or report it to the technical desk.",
    reason_required: () => "No reason is chosen yet. Nothing was recorded. Choose at least one.",
    reason_text_required: () =>
      "A chosen reason needs a text. Nothing was recorded. Write the addition for the applicant.",
    reason_text_bad: () =>
      "The text is too long or has characters that are not allowed. Nothing was recorded, your text is kept. Change it and confirm again.",
    reason_mismatch: () =>
      "The reasons do not fit the decision. Nothing was recorded. For reasons that need a second person, use Escalate.",
    role_may_not: () => "Your role decides nothing here. Nothing was recorded. Ask your supervisor if in doubt.",
    too_late_to_undo: () =>
      "Delivery has begun, so it can't be taken back. The decision stands as it was. For a correction ask your supervisor.",
    decision_not_here: () =>
      "This decision was not found; it may be delivered or put away. Nothing was changed. Please look again.",
    undelivered_left: (p) =>
      `${p.count ?? "Some"} decisions are not delivered, so you are still signed in. They are all saved. Connect to deliver them, or confirm to sign out.`,
    already_decided: () =>
      "Another decision stands on the server. Your decision and text are kept. Look at what stands; if you disagree, ask your supervisor.",
    state_changed: () =>
      "The case is in another state on the server. Your decision and text are kept. Look at it, then put yours away or ask your supervisor.",
    evidence_changed: () =>
      "The photos were replaced, so your decision was not delivered; it is kept. Open the case again and decide after seeing the new photos.",
    version_changed: () =>
      "The case changed, so your decision was not delivered; it is kept. Open the case again, check it and decide again.",
    consequence_changed: () =>
      "The applicant would have no review left, unlike when you confirmed. The decision is kept, not delivered. Open the case and confirm again.",
    decision_refused: () =>
      "The server does not accept the form of this decision. It is kept, not delivered. Please tell the technical desk.",
    calendar_refused: (p) => {
      const [wrong, todo] = refusal(p.refusal);
      return `${wrong} The calendar in force stays. ${todo}`;
    },
    internal: () =>
      "The program has an internal fault. Everything you decided is saved. Try again; if it comes back, tell the technical desk the incident number.",
  },
};
