//! The life of an alarm by an exhaustive small model and beside a naive one, the catalogue, rates.

mod catalogue;
mod life;
mod naive;
mod rates;
