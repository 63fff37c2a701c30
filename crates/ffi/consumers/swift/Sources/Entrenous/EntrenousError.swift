import CEntrenous

/// A call that has not gone well. It has changed nothing, unless the header says so.
public struct EntrenousError: Error, CustomStringConvertible {
    /// A number of `entrenous_result`.
    public let code: Int32

    /// What it means, in a few English words; for a log.
    public var text: String { String(cString: entrenous_result_text(code)) }

    /// Who can do something about it.
    public var fault: Fault { Fault(rawValue: entrenous_result_fault(code)) ?? .library }

    public var description: String { "\(text) (\(code))" }
}
