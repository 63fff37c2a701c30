// swift-tools-version:5.7
import PackageDescription

let package = Package(
    name: "Entrenous",
    products: [.library(name: "Entrenous", targets: ["Entrenous"])],
    targets: [
        .systemLibrary(name: "CEntrenous"),
        .target(name: "Entrenous", dependencies: ["CEntrenous"]),
        .executableTarget(name: "Scene", dependencies: ["Entrenous"]),
    ]
)
