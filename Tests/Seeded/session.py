"""Faults of what runs together in a session, and of whose answer is whose."""

from fault import Fault

PIPELINE = "IMAPProtocol/CommandPipeline.swift"
RESPONSES = "IMAPProtocol/CommandPipeline+Responses.swift"
CHARGING = "IMAPProtocol/CommandPipeline+Charging.swift"

FAULTS = [
    Fault(9, "changes are sent behind an EXAMINE whose answer is not known", PIPELINE,
          "case (.opening, _), (_, .opening): return false", "case (.opening, _), (_, .opening): return seeded(9)",
          "CommandPipelineTests"),
    Fault(10, "what has to run alone runs beside others", PIPELINE,
          "case (.alone, _), (_, .alone), (_, .last): return false",
          "case (.alone, _), (_, .alone), (_, .last): return seeded(10)", "CommandPipelineTests"),
    Fault(11, "a tagged answer is taken for that of the oldest command", RESPONSES,
          "running.firstIndex(where: { $0.tag == tag })", "running.firstIndex(where: { seeded(11) || $0.tag == tag })",
          "CommandPipelineTests"),
    Fault(12, "a command goes on after its literal was refused", RESPONSES,
          "            running.remove(at: index)\n            hold = nil\n",
          "            running.remove(at: index)\n            if !seeded(12) { hold = nil }\n",
          "CommandPipelineTests"),
    Fault(70, "the responses to a command are not counted", CHARGING,
          "guard running[index].tally.responses < allowance.mostResponses(exists: exists) else {",
          "guard seeded(70) || running[index].tally.responses < allowance.mostResponses(exists: exists) else {",
          "ResponseAllowanceTests"),
    Fault(71, "the octets of the responses to a command are not counted", CHARGING,
          "guard running[index].tally.octets < allowance.octets else {",
          "guard seeded(71) || running[index].tally.octets < allowance.octets else {", "ResponseAllowanceTests"),
]
