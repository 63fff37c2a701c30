//! The store holds what every store must hold.

use entrenous_store_sqlite::SqliteStore;
use entrenous_testkit::store::conformance;

#[test]
fn conforms() {
    let violations = conformance(|| {
        let folder = tempfile::tempdir().unwrap();
        move || SqliteStore::open(folder.path().join("private/store.db")).unwrap()
    });
    assert_eq!(violations, []);
}
