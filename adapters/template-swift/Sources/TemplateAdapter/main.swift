// SPDX-License-Identifier: MIT-0
import AdapterKit

await AdapterRunner.run(TemplateAdapter.self)
