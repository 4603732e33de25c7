//! Which AIs may stand in a code together, and which need another.
//!
//! Called by the profiles that keep all rules of GS1. Must hold no AI: the table does.
//!
//! Source: GS1 General Specifications 4.13.1 (invalid pairs) and 4.13.2 (mandatory associations).

use crate::ai_table::matches_pattern;
use crate::error::{CodeError, CodeErrorKind};
use crate::profile::scan::{Scan, Span};

/// Refuses the first element that another excludes, then the first that lacks another.
pub(super) fn check(scan: &Scan) -> Result<(), CodeError> {
    for span in &scan.spans {
        if scan.spans.iter().any(|other| excludes(span, other)) {
            return Err(refuse(CodeErrorKind::PairInvalid, span));
        }
    }
    let lacking = scan.spans.iter().find(|span| !is_satisfied(span, scan));
    lacking.map_or(Ok(()), |span| Err(refuse(CodeErrorKind::AssociationMissing, span)))
}

fn refuse(kind: CodeErrorKind, span: &Span) -> CodeError {
    CodeError::new(kind, Some(span.ai.into()), span.at, span.ai.as_str().as_bytes())
}

fn excludes(span: &Span, other: &Span) -> bool {
    let listed = |pattern: &str| matches_pattern(pattern, other.ai);
    span.ai != other.ai && span.spec.not_with.split(',').any(listed)
}

fn is_satisfied(span: &Span, scan: &Scan) -> bool {
    let there = |pattern: &str| scan.spans.iter().any(|other| matches_pattern(pattern, other.ai));
    let needs = span.spec.needs;
    needs.is_empty() || needs.split(',').any(|together| together.split('+').all(there))
}
