//! The queue: what waits, most urgent first. What I decided is not offered again.

use std::collections::HashMap;

use vault::{QueueFilter, QueueRow};

use crate::calendar::Counting;
use crate::case_work::marks;
use crate::deadline::{case_id, case_state_view, deadline_view, document_type_view, js_ms, lamp_view};
use crate::desk::Desk;
use crate::seat::Seat;
use crate::view::{
    CommandError, QueueLeaseView, QueuePageRequest, QueuePageView, QueueRowView, QueueWorkView, TopicView,
};

/// The largest page that the window may ask for.
const MAX_PAGE: u32 = 200;

impl Desk {
    /// One page of the queue.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn queue_page(&self, request: QueuePageRequest) -> Result<QueuePageView, CommandError> {
        self.at_seat(move |desk, seat| {
            // The revision first: a change while the page is read must make the window ask again.
            let revision = desk.inner.announcer.revision(TopicView::Queue);
            let hide = seat.hidden_cases()?;
            let filter = QueueFilter { only_held_by: request.only_mine.then(|| seat.account_id()), hide: &hide };
            let page = seat.vault.queue_page(filter, request.offset, request.limit.clamp(1, MAX_PAGE))?;
            let (now_ms, counting) = (desk.now_ms(seat), seat.calendars.counting());
            let works: HashMap<_, _> = marks(seat)?.into_iter().collect();
            let view = |row: &QueueRow| row_view(seat, &counting, row, works.get(&row.case.case_id).copied(), now_ms);
            Ok(QueuePageView {
                revision,
                total: page.total,
                offset: request.offset,
                rows: page.rows.iter().map(view).collect(),
                was_pulled: seat.vault.feed_position()?.was_pulled,
            })
        })
        .await
    }

    /// The next case that I hold and have not decided, in deadline order after the given one; the first when there is none after it.
    ///
    /// # Errors
    /// Locked, an id that is none, or the vault cannot be read.
    pub async fn queue_next(&self, after: Option<String>) -> Result<Option<String>, CommandError> {
        self.at_seat(move |_, seat| {
            let after = after.as_deref().map(case_id).transpose()?;
            let hide = seat.hidden_cases()?;
            Ok(seat.vault.next_held(after, &hide)?.map(|id| id.to_string()))
        })
        .await
    }
}

/// A row as the window gets it.
pub(crate) fn row_view(
    seat: &Seat,
    counting: &Counting,
    row: &QueueRow,
    work: Option<QueueWorkView>,
    now_ms: i64,
) -> QueueRowView {
    let case = &row.case;
    let lease = match &case.lease {
        Some(lease) if lease.holder == seat.account_id() => {
            QueueLeaseView::Mine { expires_at_ms: js_ms(lease.expires_at_ms), is_offline_ready: row.is_offline_ready }
        }
        Some(lease) if lease.expires_at_ms > now_ms => QueueLeaseView::Other { holder: lease.holder_name.clone() },
        _ => QueueLeaseView::Free,
    };
    QueueRowView {
        case_id: case.case_id.to_string(),
        case_no: case.case_no.to_string(),
        name: case.name.clone(),
        last_four: case.last_four.clone(),
        document_type: document_type_view(case.document_type),
        state: case_state_view(case.state),
        round: case.round.number(),
        deadline: deadline_view(counting, &case.deadline, now_ms),
        lamp: lamp_view(counting, &case.deadline, now_ms),
        lease,
        work: work.filter(|_| row.is_held),
    }
}
