//! Everything that the fuzzers ever kept goes through the same functions, without libFuzzer.

use std::fs;
use std::path::Path;

/// Replays every file of a target's folders.
fn replay(name: &str) {
    let (_, target) = prism_fuzz::TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["corpus", "findings"] {
        let folder = root.join(folder).join(name);
        let Ok(files) = fs::read_dir(&folder) else { continue };
        let mut files: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
        files.sort();
        for file in files {
            let bytes = fs::read(&file).expect("a readable file");
            if let Err(panic) = std::panic::catch_unwind(|| target(&bytes)) {
                eprintln!("in the replay of {}", file.display());
                std::panic::resume_unwind(panic);
            }
            count += 1;
        }
    }
    assert!(count > 0, "no input for {name}");
}

#[test]
fn operations() {
    replay("operations");
}

#[test]
fn itch() {
    replay("itch");
}

#[test]
fn lobster() {
    replay("lobster");
}

#[test]
fn dbn() {
    replay("dbn");
}
