//! Nothing that is sent makes the verifier panic, or read more than it should.

use crate::fixtures::{Case, file};
use paceline_attest::{AttestationKey, BadProof, EndorsementKey, EventLog, Quote, Roots};
use proptest::prelude::*;

/// Bytes as somebody would make them up: any, or a good file with some of it changed, cut or doubled.
fn bytes(good: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let mutated = (
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        0..3usize,
        any::<prop::sample::Index>(),
    )
        .prop_map(move |(changes, kind, at)| {
            let mut bytes = file(good);
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_within(at..),
                _ => {}
            }
            bytes
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..400), mutated]
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(
        quote in bytes("first.msg"),
        signature in bytes("first.sig"),
        log in bytes("boot.log"),
        public in bytes("ek.pub"),
        certificate in bytes("ek.crt"),
    ) {
        let _ = Quote::parse(&quote);
        let _ = AttestationKey::parse(&public);
        let _ = EndorsementKey::parse(&public);
        if let Ok(log) = EventLog::parse(&log) {
            log.replay();
        }
        let _ = Roots::new(std::slice::from_ref(&certificate));
        let key = EndorsementKey::parse(&file("ek.pub")).unwrap();
        let roots = Roots::new(&[file("root.crt")]).unwrap();
        let _ = roots.check(&key, &[certificate, file("issuer.crt")], crate::fixtures::now());
        let answer = Case { quote, signature, log: Some(log), ..Case::of("first", 1, None) };
        let _ = answer.verify();
    }

    #[test]
    fn bytes_other_than_the_quotes_own_prove_nothing(quote in bytes("first.msg"), signature in bytes("first.sig")) {
        let good = Case::of("first", 1, Some("boot.log"));
        let changed = quote != good.quote || signature != good.signature;
        let answer = Case { quote, signature, ..good };
        prop_assert_eq!(answer.verify().is_err(), changed);
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let long = vec![0; 300 * 1024];
    assert!(
        Quote::parse(&long).is_err()
            && EventLog::parse(&long).is_err()
            && AttestationKey::parse(&long).is_err()
    );
    let case = Case { log: Some(long), ..Case::of("first", 1, None) };
    assert!(matches!(case.verify(), Err(BadProof::Log(malformed)) if malformed.what == "too long"));
}
