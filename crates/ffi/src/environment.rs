//! Where a client gets randomness and time from: the operating system, unless the application brings its own.

use core::{ffi::c_void, fmt, mem::offset_of, ptr};
use std::sync::Arc;

use entrenous::{Env, System, Timestamp};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::{
    call::Caller,
    callback::{self, Context, Grows, Release, ReleaseFn, sized},
    guarded::Guarded,
    handle::{self, Object},
    result::{Code, entrenous_result},
};

/// An application's own randomness and time: for platforms whose operating system has none, and for tests.
///
/// The functions may be called from every thread that uses the environment, one call at a time. They must not throw or
/// jump out, and must not call this library: that gives `REENTERED`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct entrenous_environment_callbacks {
    /// `sizeof(entrenous_environment_callbacks)`.
    pub size: usize,
    /// Given back to the functions.
    pub context: *mut c_void,
    /// Fills `out` with `len` bytes that nobody can predict, and gives 0; anything else when it can't. What it gives is
    /// refused when 16 or more bytes are all zero, or begin as the last ones did.
    pub random: Option<unsafe extern "C" fn(context: *mut c_void, out: *mut u8, len: usize) -> i32>,
    /// Gives the time, in milliseconds since 1970. It may jump both ways.
    pub now_ms: Option<unsafe extern "C" fn(context: *mut c_void) -> u64>,
    /// Called once, when the environment and all clients that use it are freed; NULL if there is nothing to do.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

// SAFETY: the size is first; a function is an address, and the application's to get right
unsafe impl Grows for entrenous_environment_callbacks {
    const FIRST_SIZE: usize = offset_of!(Self, release) + size_of::<usize>();
    const DEFAULT: Self =
        Self { size: 0, context: ptr::null_mut(), random: None, now_ms: None, release: None };
}

impl fmt::Debug for entrenous_environment_callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entrenous_environment_callbacks")
    }
}

/// A source of randomness and time.
#[derive(Clone, Debug)]
pub struct entrenous_environment(Arc<Guarded<Own>>);

impl Object for entrenous_environment {}

/// Bytes by which a broken generator is noticed: chance would bring the same once in 2^128 times.
const CHECKED: usize = 16;

#[derive(Debug)]
struct Own {
    context: Context,
    random: unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32,
    now_ms: unsafe extern "C" fn(*mut c_void) -> u64,
    /// How the last long answer began, as a generator that repeats itself is broken.
    last: Zeroizing<[u8; CHECKED]>,
    _release: Release,
}

impl Own {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        out.fill(0);
        // SAFETY: the application's function, with its own context and a place for as many bytes
        let answer = callback::call(|| unsafe { (self.random)(self.context.0, out.as_mut_ptr(), out.len()) });
        if answer != 0 {
            return Err(NoRandom);
        }
        if let Some(start) = out.first_chunk::<CHECKED>() {
            if out.iter().all(|byte| *byte == 0) || *start == *self.last {
                return Err(NoRandom);
            }
            *self.last = *start;
        }
        Ok(())
    }
}

/// The source of random bytes has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of random bytes has failed")]
pub(crate) struct NoRandom;

/// What a client uses.
#[derive(Clone, Debug)]
pub(crate) enum Environment {
    System(System),
    Own(entrenous_environment),
    /// Panics as soon as it is told to.
    #[cfg(test)]
    Faulty(Arc<core::sync::atomic::AtomicBool>),
}

impl Environment {
    /// The operating system's for NULL.
    pub(crate) fn of(environment: *const entrenous_environment) -> Result<Self, Code> {
        if environment.is_null() {
            return Ok(Self::System(System::new()));
        }
        Ok(Self::Own(entrenous_environment::clone(&*handle::get(environment)?)))
    }
}

impl Env for Environment {
    type Rng = Self;

    fn rng(&mut self) -> &mut Self {
        self
    }

    fn now(&self) -> Timestamp {
        match self {
            Self::System(system) => system.now(),
            Self::Own(entrenous_environment(own)) => {
                let now = own.hold().map(|own| {
                    // SAFETY: the application's function with its own context
                    callback::call(|| unsafe { (own.now_ms)(own.context.0) })
                });
                // after a fault in it, it is 1970, and refusals say so
                Timestamp::from_ms(now.unwrap_or(0))
            }
            #[cfg(test)]
            Self::Faulty(_) => System::new().now(),
        }
    }
}

impl TryRng for Environment {
    type Error = NoRandom;

    fn try_next_u32(&mut self) -> Result<u32, NoRandom> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandom> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        match self {
            Self::System(system) => system.rng().try_fill_bytes(bytes).map_err(|_| NoRandom),
            Self::Own(entrenous_environment(own)) => own.hold().map_err(|_| NoRandom)?.fill(bytes),
            #[cfg(test)]
            Self::Faulty(now) => {
                assert!(!now.load(core::sync::atomic::Ordering::Relaxed), "a fault, for the tests");
                System::new().rng().try_fill_bytes(bytes).map_err(|_| NoRandom)
            }
        }
    }
}

impl TryCryptoRng for Environment {}

/// Makes a source of randomness and time of an application's own functions.
///
/// Errors: `NULL_POINTER` also for a function that is missing, `BAD_ARGUMENT` for a `size` that is too small. The context
/// is released only of an environment that was made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_environment_new(
    callbacks: *const entrenous_environment_callbacks,
    environment: *mut *mut entrenous_environment,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(environment)?;
        let table = sized(&caller, callbacks)?;
        let (random, now_ms) =
            (table.random.ok_or(Code::NullPointer)?, table.now_ms.ok_or(Code::NullPointer)?);
        let own = Own {
            context: Context(table.context),
            random,
            now_ms,
            last: Zeroizing::new([0; CHECKED]),
            _release: Release::new(table.context, table.release as Option<ReleaseFn>),
        };
        out.set(handle::give(entrenous_environment(Arc::new(Guarded::new(own))))?);
        Ok(())
    })
}
