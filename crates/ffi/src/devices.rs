//! The own devices.

use entrenous::OwnDevice;

use crate::{
    call::{Caller, device_id, no_device},
    client::{Inner, entrenous_client, with},
    handle::{self, Object},
    list::List,
    result::entrenous_result,
};

/// The own devices, in a list.
#[derive(Debug)]
pub struct entrenous_devices(List<entrenous_device>);

impl Object for entrenous_devices {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// A device of the own account.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_device {
    /// Its id.
    pub device: u32,
    /// Whether it is this one.
    pub is_this: bool,
    /// Whether it is the primary, as far as this device knows: the one that holds the account key.
    pub is_primary: bool,
    /// Whether there is a session with it that messages are sent in.
    pub has_session: bool,
    /// Whether only one branch of a forked list has it: nothing is sent to it.
    pub is_disputed: bool,
}

/// Gives the own devices, by ascending id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_devices(
    client: *const entrenous_client,
    devices: *mut *mut entrenous_devices,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(devices)?;
        let devices = with(client, Inner::devices)?;
        let device = |OwnDevice { id, this, primary, session, disputed }: OwnDevice| entrenous_device {
            device: id.get(),
            is_this: this,
            is_primary: primary,
            has_session: session,
            is_disputed: disputed,
        };
        out.set(handle::give(entrenous_devices(List::new(devices.into_iter().map(device), ())))?);
        Ok(())
    })
}

/// Gives the device at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_devices_at(
    devices: *const entrenous_devices,
    index: usize,
    device: *mut *const entrenous_device,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(device)?;
        out.set(handle::get(devices)?.0.at(index)?);
        Ok(())
    })
}

/// Removes a device from the account: on the primary. Nothing is sealed for it any more; what it has it keeps.
///
/// Errors: `NOT_PRIMARY`; `MISUSE` for the own device; `NO_DEVICE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_remove_device(
    client: *const entrenous_client,
    device: u32,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let device = device_id(device)?;
        with(client, |client| Ok(client.remove_device(device).map(drop)))?.map_err(no_device)
    })
}
