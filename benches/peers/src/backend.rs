//! The two builds of the product.

/// What the primitives run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The default build, in Rust alone.
    Portable,
    /// With the feature `accelerated`.
    Accelerated,
}

impl Backend {
    pub const ALL: [Self; 2] = [Self::Portable, Self::Accelerated];

    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Accelerated => "accelerated",
        }
    }
}
