import AdapterKit

await AdapterRunner.run(NukiAdapter.self)
