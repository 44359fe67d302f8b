//! Finds libfenchel, in this order:
//!   1. FENCHEL_LIB_DIR, a folder that holds libfenchel.so (a build folder, or an installation's lib)
//!   2. pkg-config, if it knows the module fenchel at this version
//!   3. the repository round this crate, built by CMake into OUT_DIR
//!
//! Needs no other crate: cmake and pkg-config are called as programs. Sets DEP_FENCHEL_LIBDIR for dependents.
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FENCHEL_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-env-changed=FENCHEL_NO_PKG_CONFIG");
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation is built without linking
    }
    let folders = match from_environment().or_else(from_pkg_config) {
        Some(folders) => folders,
        None => vec![build_bundled()],
    };
    for (k, folder) in folders.iter().enumerate() {
        println!("cargo:rustc-link-search=native={}", reachable(folder, k).display());
    }
    println!("cargo:rustc-link-lib=dylib=fenchel");
    if let Some(folder) = folders.first() {
        println!("cargo:libdir={}", folder.display());
    }
}

fn from_environment() -> Option<Vec<PathBuf>> {
    let folder = PathBuf::from(env::var_os("FENCHEL_LIB_DIR")?);
    let found = ["libfenchel.so", "libfenchel.dylib", "fenchel.dll"].iter().any(|n| folder.join(n).exists());
    assert!(found, "FENCHEL_LIB_DIR={}: there is no libfenchel in this folder", folder.display());
    let folder = folder.canonicalize().expect("the folder exists");
    println!("cargo:rerun-if-changed={}", folder.join("libfenchel.so").display());
    Some(vec![folder])
}

/// The folders that pkg-config names; empty where the linker finds the library by itself.
fn from_pkg_config() -> Option<Vec<PathBuf>> {
    if env::var_os("FENCHEL_NO_PKG_CONFIG").is_some() {
        return None;
    }
    let tool = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let version = env!("CARGO_PKG_VERSION");
    let asked = Command::new(tool).args(["--libs-only-L", &format!("fenchel >= {version}")]).output().ok()?;
    if !asked.status.success() {
        return None;
    }
    let text = String::from_utf8(asked.stdout).ok()?;
    Some(text.split_whitespace().filter_map(|flag| flag.strip_prefix("-L")).map(PathBuf::from).collect())
}

fn build_bundled() -> PathBuf {
    let crate_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = crate_dir.join("../../..");
    assert!(
        root.join("capi/include/fenchel/fenchel.h").exists(),
        "libfenchel was not found: set FENCHEL_LIB_DIR to the folder of libfenchel.so, or let pkg-config know fenchel, \
         or use this crate inside its repository"
    );
    for folder in ["core", "capi", "CMakeLists.txt"] {
        println!("cargo:rerun-if-changed={}", root.join(folder).display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("cmake");
    let jobs = env::var("NUM_JOBS").unwrap_or_else(|_| "1".into());
    run(Command::new("cmake").arg("-S").arg(&root).arg("-B").arg(&out).args([
        "-DCMAKE_BUILD_TYPE=Release",
        "-DFENCHEL_TESTS=OFF",
        "-DFENCHEL_PYTHON=OFF",
        "-DFENCHEL_JAVA=OFF",
    ]));
    run(Command::new("cmake").arg("--build").arg(&out).args(["--target", "fenchel", "--parallel", &jobs]));
    out
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|e| panic!("{command:?}: {e}; is cmake installed?"));
    assert!(status.success(), "{command:?}: {status}");
}

/// Cargo lets `run` and `test` find libraries at run time in folders below target/ only: a link there leads to others.
fn reachable(folder: &Path, k: usize) -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    if folder.starts_with(&out) {
        return folder.to_path_buf();
    }
    let link = out.join(format!("lib{k}"));
    let _ = std::fs::remove_file(&link);
    #[cfg(unix)]
    if std::os::unix::fs::symlink(folder, &link).is_ok() {
        return link;
    }
    folder.to_path_buf()
}
