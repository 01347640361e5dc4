//! The files of a corpus: each is read, each is a test, and none is left out.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used)] // a module of tests

use std::path::Path;

use serde::de::DeserializeOwned;

/// What a file of a folder below the crate holds.
pub fn read<T: DeserializeOwned>(folder: &str, name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{name}.toml"));
    toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// Fails for a file of the folder that is not among these.
pub fn assert_none_is_left_out(folder: &str, files: &[&str]) {
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(files.contains(&name), "{name} is not run");
        }
    }
}

/// A test for each file of a folder, which `run` carries out, and one that there are no others.
macro_rules! corpus {
    ($folder:literal, $run:path: $($file:ident)*) => {
        $(#[test] fn $file() { $run(&$crate::corpus_files::read($folder, stringify!($file))); })*

        #[test]
        fn no_file_is_left_out() {
            $crate::corpus_files::assert_none_is_left_out($folder, &[$(stringify!($file)),*]);
        }
    };
}
pub(crate) use corpus;
