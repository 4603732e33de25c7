//! No query of the review pages searches all events or packs.

use crate::schema::SCHEMA;
use crate::{close_overview, pack_detail, readiness, reject_query};
use rusqlite::Connection;

#[test]
fn no_query_searches_all_events_or_packs() {
    let conn = Connection::open_in_memory().expect("memory");
    conn.execute_batch(SCHEMA).expect("the schema");
    let queries = [
        reject_query::page_sql(true),
        reject_query::page_sql(false),
        reject_query::counts_sql(),
        reject_query::beyond_sql(true),
        reject_query::beyond_sql(false),
        pack_detail::own_sql(),
        pack_detail::neighbours_sql(true),
        pack_detail::neighbours_sql(false),
        pack_detail::PLACE.to_owned(),
        pack_detail::EVENTS.to_owned(),
        pack_detail::FAR.to_owned(),
        pack_detail::REVIEWS.to_owned(),
        close_overview::SIGNATURES.to_owned(),
        readiness::UNREVIEWED.to_owned(),
        readiness::FIRST_UNREVIEWED.to_owned(),
    ];
    for sql in queries {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("sql");
        let rows = explain.raw_query().mapped(|row| row.get::<_, String>(3));
        let plan: Vec<String> = rows.collect::<Result<_, _>>().expect("a plan");
        assert!(!plan.is_empty());
        // `f` is the page itself.
        let own = ["SCAN f", "SCAN CONSTANT ROW"];
        let whole = plan.iter().any(|s| s.starts_with("SCAN ") && !own.contains(&s.as_str()));
        assert!(!whole, "{sql}\n{plan:#?}");
    }
}
