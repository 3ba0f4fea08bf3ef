//! `call.end`: a moderator, the SFU or an operator ends the call.

use signal_protocol::{CallId, EndReason};

use crate::ending;
use crate::refused::Refused;
use crate::work::{Reply, Work};

/// A call that is over stays as it is.
pub(crate) fn end(work: &mut Work<'_>, id: CallId, reason: EndReason) -> Result<Reply, Refused> {
    let now = work.now;
    let call = work.open(id)?;
    if call.is_live() {
        ending::end(call, now, reason);
    }
    Ok(Reply::Nothing)
}
