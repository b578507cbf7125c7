//! What comes from outside, spoiled: callback urls, token answers, ID tokens, stored records, messages between tabs. Nothing
//! that is made of them may panic, and no limit may be passed.
//!
//! What must hold stands in fuzz/checks.rs, which coverage-guided fuzzing (tests/tools/fuzz.sh) runs, too; that finds what chance
//! does not, and `make soak` does both.

use roo_cloud_web::platform::sim::{Rng, seeds};

#[path = "../../fuzz/checks.rs"]
mod checks;

const TURNS: usize = 200;
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e309",
    b"-0",
    b"\\ud800",
    b"\0",
    b"\xff\xfe",
    b"%00%ff",
    b"__proto__",
];

/// `good` with one to six things done to it.
fn spoiled(good: &[u8], dice: &Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..dice.between((1, 6)) {
        let (at, to) = (dice.index(bytes.len() + 1), dice.index(bytes.len() + 1));
        let (from, to) = (at.min(to), at.max(to));
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(from..to.min(from + 8))),
            2 => drop(bytes.splice(at..at, PIECES[dice.index(PIECES.len())].iter().copied())),
            3 => {
                let part = bytes[from..to].to_vec();
                drop(bytes.splice(at..at, part));
            }
            4 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or(0)),
        }
    }
    bytes
}

/// Runs `check` over many spoiled versions of each of `good`, and over these themselves.
fn spoil(good: &[&[u8]], check: impl Fn(&[u8]) + Sync) {
    for good in good {
        check(good);
    }
    seeds(50, |seed| {
        let dice = Rng::new(seed);
        for turn in 0..TURNS {
            check(&spoiled(good[turn % good.len()], &dice));
        }
    });
}

#[test]
fn spoiled_callbacks_and_return_paths_are_refused_or_taken_whole() {
    spoil(
        &[
            include_bytes!("../../fuzz/seeds/callback/code"),
            include_bytes!("../../fuzz/seeds/callback/error"),
            include_bytes!("../../fuzz/seeds/callback/ticket"),
            include_bytes!("../../fuzz/seeds/callback/path"),
        ],
        checks::callback,
    );
}

#[test]
fn spoiled_token_answers_are_refused_or_keep_their_bounds() {
    spoil(
        &[
            include_bytes!("../../fuzz/seeds/token_answer/good"),
            include_bytes!("../../fuzz/seeds/token_answer/text"),
            include_bytes!("../../fuzz/seeds/token_answer/refused"),
        ],
        checks::token_answer,
    );
}

#[test]
fn spoiled_tokens_name_nobody_or_somebody() {
    spoil(
        &[
            include_bytes!("../../fuzz/seeds/jwt/claims"),
            include_bytes!("../../fuzz/seeds/jwt/audiences"),
            include_bytes!("../../fuzz/seeds/jwt/roo"),
            include_bytes!("../../fuzz/seeds/jwt/whole"),
        ],
        checks::jwt,
    );
}

#[test]
fn spoiled_records_and_messages_are_none_of_ours_or_whole() {
    spoil(
        &[
            include_bytes!("../../fuzz/seeds/record/grant"),
            include_bytes!("../../fuzz/seeds/record/token"),
            include_bytes!("../../fuzz/seeds/record/ask"),
            include_bytes!("../../fuzz/seeds/record/failed"),
            include_bytes!("../../fuzz/seeds/record/out"),
            include_bytes!("../../fuzz/seeds/record/ticket"),
        ],
        checks::record,
    );
}
