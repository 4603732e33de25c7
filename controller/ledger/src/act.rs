//! Signed acts: what persons sign, by whom each act is signed, and the one way to do it.
//!
//! Used by every act of people and by the projections, which hold the stored signatures against the
//! same table. Must never let an act into a chain without its signatures in the same commit, nor a
//! signature stand for two acts.

use crate::error::{Fail, Refusal};
use crate::ids::Chain;
use crate::ledger_body::TwoPersons;
use crate::service::ServiceBody;
use crate::terms::Meaning;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

/// Longest reason and subject of a signature, in bytes.
const TEXT_MAX: usize = 1_000;

/// One signature, as a person has given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// User id.
    pub who: String,
    /// Printed name.
    pub name: String,
    /// Meaning.
    pub meaning: Meaning,
    /// What is signed: `ACTION OBJECT sha256:HASH` when it is authenticated.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// The person has proven who it is; else only a simulation ledger takes it.
    pub authenticated: bool,
}

impl Signed {
    /// A signature that nobody has proven, under the name that was given.
    #[must_use]
    pub fn unproven(who: &str, meaning: Meaning, subject: &str, reason: &str) -> Self {
        Self {
            who: who.to_owned(),
            name: who.to_owned(),
            meaning,
            subject: subject.to_owned(),
            reason: reason.to_owned(),
            authenticated: false,
        }
    }

    /// The event of it.
    #[must_use]
    pub fn body(&self) -> ServiceBody {
        ServiceBody::Signature {
            who: self.who.clone(),
            name: self.name.clone(),
            meaning: self.meaning,
            subject: self.subject.clone(),
            reason: self.reason.clone(),
            authenticated: self.authenticated,
        }
    }
}

/// Who signed an act alone, and the event of the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnePerson {
    /// User id.
    pub who: String,
    /// Why.
    pub reason: String,
    /// Sequence of the signature.
    pub signature_seq: i64,
}

/// By whom an act is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// By one person.
    One(Meaning),
    /// By one person who did not do the work that is signed.
    NotOwn(Meaning),
    /// By two different persons, in this order.
    Two {
        /// The first one's meaning.
        first: Meaning,
        /// The second one's.
        second: Meaning,
        /// Neither may have done the work that is signed.
        not_own: bool,
    },
}

impl Signing {
    fn meanings(self) -> Vec<Meaning> {
        match self {
            Self::One(meaning) | Self::NotOwn(meaning) => vec![meaning],
            Self::Two { first, second, .. } => vec![first, second],
        }
    }

    const fn is_not_own(self) -> bool {
        matches!(self, Self::NotOwn(_) | Self::Two { not_own: true, .. })
    }
}

impl std::fmt::Display for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rest = if self.is_not_own() { ", not by who did the work" } else { "" };
        match self {
            Self::One(meaning) | Self::NotOwn(meaning) => write!(f, "{}{rest}", meaning.name()),
            Self::Two { first, second, .. } => {
                write!(f, "{}, then {} by another person{rest}", first.name(), second.name())
            }
        }
    }
}

macro_rules! acts {
    ($($act:ident $name:literal $signing:expr, $words:literal;)+) => {
        /// Everything that this ledger takes only with signatures. The names are those of the
        /// actions in docs/roles.md, where the same table says who may.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act {
            $(#[doc = $words] $act,)+
        }

        impl Act {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$act,)+];

            /// Name as in signatures and in docs/roles.md.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$act => $name,)+ }
            }

            /// By whom it is signed.
            #[must_use]
            pub const fn signing(self) -> Signing {
                match self { $(Self::$act => $signing,)+ }
            }
        }
    };
}

const PERFORMED: Signing = Signing::One(Meaning::Performed);

const fn then(second: Meaning) -> Signing {
    Signing::Two { first: Meaning::Performed, second, not_own: false }
}

acts! {
    LineClearance "line_clearance" then(Meaning::Reviewed), "The line is cleared.";
    FirstPackApproval "first_pack_approval" then(Meaning::Approved), "The first pack is good.";
    OrderStart "order_start" PERFORMED, "The order starts.";
    Sample "sample" PERFORMED, "A pack or a label is kept as a sample.";
    ManualRemoval "manual_removal" PERFORMED, "A commissioned pack is taken off the line.";
    ResolvePack "resolve_pack" PERFORMED, "What became of an unresolved pack.";
    DeclareCount "declare_count" PERFORMED, "A number that no counter tells.";
    RejectReview "reject_review" Signing::NotOwn(Meaning::Reviewed), "Rejects are reviewed.";
    Deviation "deviation" then(Meaning::Approved), "An identity of the books stays open.";
    BatchClose "batch_close" then(Meaning::Approved), "The books of a batch are closed.";
    RecipeDraft "recipe_draft" PERFORMED, "A version of a product recipe is written.";
    RecipeApprove "recipe_approve"
        Signing::Two { first: Meaning::Approved, second: Meaning::Approved, not_own: true },
        "A version of a product recipe may be used.";
    RecipeRetire "recipe_retire" Signing::One(Meaning::Approved),
        "A version of a product recipe is used no more.";
    ConfigRelease "config_release" then(Meaning::Approved),
        "A configuration of the line is in force.";
}

impl Act {
    /// True for what belongs to the site's chain.
    pub(crate) const fn is_of_the_site(self) -> bool {
        matches!(
            self,
            Self::RecipeDraft | Self::RecipeApprove | Self::RecipeRetire | Self::ConfigRelease
        )
    }
}

/// What is wrong with the signatures of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningFault {
    /// Other than this many are needed.
    Number {
        /// Signatures given.
        given: usize,
    },
    /// One means something else than it must.
    Meaning {
        /// Whose it is.
        who: String,
    },
    /// Both are of one person.
    SamePerson {
        /// That person.
        who: String,
    },
    /// The signer has done the work that is signed.
    OwnWork {
        /// The signer.
        who: String,
    },
    /// It was given for something else.
    OtherSubject {
        /// Its subject.
        subject: String,
    },
    /// It names nobody, gives no reason, or a text is too long.
    Texts,
}

impl std::fmt::Display for SigningFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number { given } => write!(f, "{given} signatures were given"),
            Self::Meaning { who } => write!(f, "the signature of {who} means something else"),
            Self::SamePerson { who } => write!(f, "both signatures are {who}'s"),
            Self::OwnWork { who } => write!(f, "{who} has done the work that is signed"),
            Self::OtherSubject { subject } => {
                write!(f, "the signature was given for \"{subject}\"")
            }
            Self::Texts => write!(f, "say who and why, in at most {TEXT_MAX} bytes each"),
        }
    }
}

/// True when two user ids are one person's.
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Holds persons and meanings against the table: number, order, meaning, distinct persons, and
/// that nobody signs work of one's own where the table forbids it.
pub(crate) fn hold(
    act: Act,
    given: &[(&str, Meaning)],
    done_by: &[String],
) -> Result<(), SigningFault> {
    let signing = act.signing();
    let wanted = signing.meanings();
    if given.len() != wanted.len() {
        return Err(SigningFault::Number { given: given.len() });
    }
    for ((who, meaning), wanted) in given.iter().zip(wanted) {
        if *meaning != wanted {
            return Err(SigningFault::Meaning { who: (*who).to_owned() });
        }
        if signing.is_not_own() && done_by.iter().any(|did| same_person(did, who)) {
            return Err(SigningFault::OwnWork { who: (*who).to_owned() });
        }
    }
    match given {
        [(first, _), (second, _)] if same_person(first, second) => {
            Err(SigningFault::SamePerson { who: (*second).to_owned() })
        }
        _ => Ok(()),
    }
}

/// Writes the signatures of an act, which the caller writes next, in the same commit. Returns their
/// sequences.
///
/// # Errors
/// [`Refusal::Signing`], or nobody has proven who they are (production).
pub(crate) fn sign(
    tx: &mut Tx<'_>,
    chain: Chain,
    act: Act,
    signed: &[Signed],
    done_by: &[String],
) -> Result<Vec<i64>, Fail> {
    let refused = |fault| Fail::from(Refusal::Signing { act, fault });
    let given: Vec<(&str, Meaning)> = signed.iter().map(|s| (s.who.as_str(), s.meaning)).collect();
    hold(act, &given, done_by).map_err(refused)?;
    for one in signed {
        let texts = [&one.who, &one.name, &one.reason, &one.subject];
        if texts.iter().any(|text| text.trim().is_empty() || text.len() > TEXT_MAX) {
            return Err(refused(SigningFault::Texts));
        }
        let own = one.subject.split(' ').next() == Some(act.name());
        if one.authenticated && !own {
            return Err(refused(SigningFault::OtherSubject { subject: one.subject.clone() }));
        }
    }
    signed.iter().map(|one| tx.service(chain, &one.body())).collect()
}

/// The same for an act of one person.
pub(crate) fn sign_alone(
    tx: &mut Tx<'_>,
    chain: Chain,
    act: Act,
    signed: &Signed,
    done_by: &[String],
) -> Result<OnePerson, Fail> {
    let seqs = sign(tx, chain, act, std::slice::from_ref(signed), done_by)?;
    Ok(OnePerson {
        who: signed.who.clone(),
        reason: signed.reason.clone(),
        signature_seq: seqs.first().copied().unwrap_or_default(),
    })
}

/// The same for an act of two.
pub(crate) fn sign_by_two(
    tx: &mut Tx<'_>,
    chain: Chain,
    act: Act,
    signed: &[Signed],
    done_by: &[String],
) -> Result<TwoPersons, Fail> {
    let seqs = sign(tx, chain, act, signed, done_by)?;
    match (signed, seqs.as_slice()) {
        ([first, second], [one, two]) => Ok(TwoPersons {
            who: first.who.clone(),
            second: second.who.clone(),
            reason: first.reason.clone(),
            signature_seq: *one,
            second_signature_seq: *two,
        }),
        _ => {
            let fault = SigningFault::Number { given: signed.len() };
            Err(Refusal::Signing { act, fault }.into())
        }
    }
}
