//! The built-in suite's claims are readable, and are the articles' 34.

use bakeoff_decision::claims::{ClaimKind, Claims};

const CLAIMS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/rust-vs-go/claims.toml"));

#[test]
fn every_claim_of_the_suite_is_read_and_all_but_the_cited_say_when_they_hold() {
    let claims = Claims::from_toml(CLAIMS).unwrap();
    assert_eq!(claims.claims.len(), 34);
    for claim in &claims.claims {
        assert_eq!(claim.holds.is_none(), claim.kind == ClaimKind::Cited, "{}", claim.id);
        assert!(!claim.from.is_empty(), "{} has a source", claim.id);
    }
}
