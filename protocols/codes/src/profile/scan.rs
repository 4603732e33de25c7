//! Splits an element string by structure: identifiers, lengths and separators.
//!
//! Called by the profiles of GS1. Must never look into a value, and never move a separator.

use core::ops::Range;

use crate::ai_table::{AiSpec, ai_at_start};
use crate::element_string::GS;
use crate::error::{CodeError, CodeErrorKind};
use crate::identifier::AiCode;

/// Which superfluous GS are tolerated (and told).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separators {
    /// One after an element of predefined length, and one at the end: what GS1 readers take.
    OneTooMany,
    /// Any number anywhere between elements: packs of the market.
    Any,
}

/// Where an element stands.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) ai: AiCode,
    pub(super) spec: &'static AiSpec,
    /// Where its AI begins.
    pub(super) at: usize,
    pub(super) value: Range<usize>,
}

/// The elements of a code.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Each element once, in the order of the code.
    pub(super) spans: Vec<Span>,
    /// Where a GS was superfluous.
    pub(super) superfluous: Vec<usize>,
    /// Elements that stood before with the same value.
    pub(super) repeated: Vec<(AiCode, usize)>,
}

impl Scan {
    /// Splits `bytes` from `start` on.
    pub(super) fn of(bytes: &[u8], start: usize, allowed: Separators) -> Result<Self, CodeError> {
        let mut scan = Self::default();
        let mut at = start;
        while at < bytes.len() {
            if bytes[at] == GS {
                at = scan.take_gs(bytes, at, start, allowed)?;
                continue;
            }
            let span = span_at(bytes, at)?;
            at = span.value.end;
            let needs_gs = !span.spec.is_predefined();
            scan.take_span(bytes, span)?;
            if needs_gs && at < bytes.len() {
                at += 1; // its own separator: the value ends before a GS or at the end
                if at == bytes.len() {
                    scan.superfluous.push(at - 1);
                }
            }
        }
        Ok(scan)
    }

    fn take_gs(
        &mut self,
        bytes: &[u8],
        at: usize,
        start: usize,
        allowed: Separators,
    ) -> Result<usize, CodeError> {
        let after_predefined = at > start && bytes[at - 1] != GS;
        match allowed {
            Separators::Any => {}
            Separators::OneTooMany if after_predefined => {}
            Separators::OneTooMany => {
                let first = at == start;
                let kind =
                    if first { CodeErrorKind::GsLeading } else { CodeErrorKind::GsSuperfluous };
                return Err(CodeError::new(kind, None, at, &[GS]));
            }
        }
        self.superfluous.push(at);
        Ok(at + 1)
    }

    fn take_span(&mut self, bytes: &[u8], span: Span) -> Result<(), CodeError> {
        let Some(before) = self.spans.iter().find(|other| other.ai == span.ai) else {
            self.spans.push(span);
            return Ok(());
        };
        if bytes[before.value.clone()] != bytes[span.value.clone()] {
            let (kind, subject) = (CodeErrorKind::AiRepeated, Some(span.ai.into()));
            return Err(CodeError::new(kind, subject, span.at, &bytes[span.at..span.value.end]));
        }
        self.repeated.push((span.ai, span.at));
        Ok(())
    }

    /// The element of `digits`, where it is there.
    pub(super) fn find(&self, digits: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.ai.as_str() == digits)
    }
}

fn span_at(bytes: &[u8], at: usize) -> Result<Span, CodeError> {
    let rest = &bytes[at..];
    let Some((ai, spec)) = ai_at_start(rest) else {
        let head = &rest[..rest.len().min(4)];
        return Err(CodeError::new(CodeErrorKind::AiUnknown, None, at, head));
    };
    let value_at = at + spec.digits_len();
    let rest = &bytes[value_at..];
    let len = if spec.is_predefined() {
        spec.len_max().min(rest.len())
    } else {
        rest.iter().position(|byte| *byte == GS).unwrap_or(rest.len())
    };
    Ok(Span { ai, spec, at, value: value_at..value_at + len })
}
