//! What the directory gets.

use entrenous::Upload;

use crate::{
    call::Caller,
    client::{entrenous_client, with},
    handle::{self, Object},
    list::List,
    result::entrenous_result,
    types::entrenous_bytes,
};

/// For `left`: the directory doesn't say.
pub const ENTRENOUS_LEFT_UNKNOWN: u32 = u32::MAX;

/// What a device gives to a directory: the list of its elements are bundles with a one-time prekey, about 4 KB each, each to
/// be handed out once.
#[derive(Debug)]
pub struct entrenous_upload {
    bundles: List<entrenous_bytes, Vec<Vec<u8>>>,
    about: List<entrenous_upload_info, Vec<u8>>,
}

impl Object for entrenous_upload {
    fn count(&self) -> Option<usize> {
        Some(self.bundles.len())
    }
}

/// What is to be known of an upload.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_upload_info {
    /// To be named in `entrenous_client_prekeys_published`.
    pub number: u64,
    /// Whether the directory drops the one-time bundles that it has of this device: they come with an older device list.
    pub replaces: bool,
    /// The bundle without a one-time prekey, for when those have run out; it takes the place of the one before.
    pub last_resort: entrenous_bytes,
}

/// Gives what the directory does not have yet, so that others can write to this device; NULL when it has everything. To be
/// called at every start, once a day, and when maintenance says so. Until `entrenous_client_prekeys_published` the same
/// bytes come again.
///
/// `left`: how many one-time bundles the directory has of this device, or `ENTRENOUS_LEFT_UNKNOWN`.
///
/// Errors: `REMOVED_FROM_ACCOUNT`, `RANDOM`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_publish_prekeys(
    client: *const entrenous_client,
    left: u32,
    upload: *mut *mut entrenous_upload,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(upload)?;
        let upload = with(client, |client| match left {
            ENTRENOUS_LEFT_UNKNOWN => client.publish_prekeys(),
            left => client.publish_prekeys_beside(usize::try_from(left).unwrap_or(usize::MAX)),
        })?;
        out.set(handle::give_some(upload.map(entrenous_upload::of))?);
        Ok(())
    })
}

impl entrenous_upload {
    fn of(upload: Upload) -> Self {
        let Upload { number, bundles, last_resort, replaces } = upload;
        let structs: Vec<_> = bundles.iter().map(|bundle| entrenous_bytes::of(bundle)).collect();
        let about =
            entrenous_upload_info { number, replaces, last_resort: entrenous_bytes::of(&last_resort) };
        Self { bundles: List::new(structs, bundles), about: List::new([about], last_resort) }
    }
}

/// Gives what is to be known of an upload, which is good until it is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_upload_read(
    upload: *const entrenous_upload,
    info: *mut *const entrenous_upload_info,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(info)?;
        out.set(handle::get(upload)?.about.at(0)?);
        Ok(())
    })
}

/// Gives the one-time bundle at `index` of an upload, which is good until the upload is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_upload_at(
    upload: *const entrenous_upload,
    index: usize,
    bundle: *mut *const entrenous_bytes,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(bundle)?;
        out.set(handle::get(upload)?.bundles.at(index)?);
        Ok(())
    })
}

/// The directory has an upload.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_prekeys_published(
    client: *const entrenous_client,
    number: u64,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| with(client, |client| client.prekeys_published(number)))
}
