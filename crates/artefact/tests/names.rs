//! What must not change: where a file is cut, and what an artefact is called. A node that was off for a year has to know both.

mod made;

use expect_test::expect;
use made::{key, noise};
use paceline_artefact::{Manifest, Signed, Variant, pack};

fn packed(bytes: &[u8]) -> Manifest {
    let variant = Variant::parse("detector", "2.0.0-rc.1+build.7", "int8").expect("a variant");
    pack(bytes, variant, |_, _| Ok(())).expect("it is packed")
}

#[test]
fn a_file_is_cut_where_it_always_was() {
    let manifest = packed(&noise(1, 600_000));
    let lengths: Vec<u32> = manifest.chunks().iter().map(|chunk| chunk.length).collect();
    expect!["[96993, 169265, 45787, 64402, 66790, 88956, 67807]"].assert_eq(&format!("{lengths:?}"));
    expect!["blake3:d019c8ab49af56ee70b2bc8796a039f9e762920c83cf948461baa8f4206e48b9"]
        .assert_eq(&manifest.chunks()[0].digest.to_string());
}

#[test]
fn an_artefact_has_the_name_and_the_signature_that_it_always_had() {
    let signed = Signed::new(&packed(b"weights"), &key()).expect("a manifest");
    expect!["blake3:b52103d572304cf46ec1dcad9f73c4223607fc2c2335f57cb1eb50dfc372c8a3"]
        .assert_eq(&signed.artefact().to_string());
    let hex: String = signed.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    expect!["850101086465746563746f7212322e302e302d72632e312b6275696c642e3704696e7438073edc5c4a5df8c79ef4f8dbdc373cd21ca041ccf39fe5693250d004092094dc4a9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c01073edc5c4a5df8c79ef4f8dbdc373cd21ca041ccf39fe5693250d004092094dc4a010871f3aabc26e45803120169e4486700aee34f4b95aa5103954a3e050e59e255bb1b8c1cbcd1d852cc90483d26f06bd1546b913b54d2dc3efecf8fc1799c308574a64de4428b8004"].assert_eq(&hex);
}

#[test]
fn what_is_put_into_a_file_moves_the_cuts_near_it_alone() {
    let mut bytes = noise(1, 3_000_000);
    let before = packed(&bytes);
    bytes.splice(1_500_000..1_500_000, [1, 2, 3]);
    let after = packed(&bytes);
    let known: std::collections::BTreeSet<_> = before.chunks().iter().map(|chunk| chunk.digest).collect();
    let new = after.chunks().iter().filter(|chunk| !known.contains(&chunk.digest)).count();
    assert!((1..=3).contains(&new), "{new} of {}", after.chunks().len());
}
