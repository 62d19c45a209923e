//! The fields of the spans that an event is in, such as the call that a request led to.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::line::Fields;

/// Keeps the fields of a span that begins.
pub(super) fn open<S: Subscriber + for<'s> LookupSpan<'s>>(
    attributes: &Attributes<'_>,
    id: &Id,
    context: &Context<'_, S>,
) {
    let Some(span) = context.span(id) else { return };
    let mut fields = Fields::default();
    attributes.record(&mut fields);
    span.extensions_mut().insert(fields);
}

/// Keeps fields that become known later.
pub(super) fn add<S: Subscriber + for<'s> LookupSpan<'s>>(
    values: &Record<'_>,
    id: &Id,
    context: &Context<'_, S>,
) {
    let Some(span) = context.span(id) else { return };
    if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
        values.record(fields);
    }
}

/// The fields of every span around an event, the outermost first.
pub(super) fn fields<S: Subscriber + for<'s> LookupSpan<'s>>(
    event: &Event<'_>,
    context: &Context<'_, S>,
) -> Fields {
    let mut fields = Fields::default();
    for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
        if let Some(of_span) = span.extensions().get::<Fields>() {
            fields.extend(of_span.clone());
        }
    }
    fields
}
