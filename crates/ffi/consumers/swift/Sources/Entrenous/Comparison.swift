import CEntrenous

/// The safety number of two accounts, to be shown.
public final class Comparison: Handle {
    /// Sixty digits in groups of five.
    public func digits() throws -> String {
        var digits = [CChar](repeating: 0, count: Int(ENTRENOUS_DIGITS_LEN))
        try check(entrenous_comparison_digits(pointer, &digits))
        return digits.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
