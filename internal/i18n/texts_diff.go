package i18n

// textsDiff are the words of diff and of bills of materials.
func textsDiff() []entry {
	return []entry{
		{"cli.diff.short", "Say what two images, reports or bills of materials differ in", "比较两个镜像、报告或物料清单"},
		{
			"cli.diff.long",
			"Compares A with B: packages that came, went and changed their version; findings that came and went, and why; layers, sizes and configuration. Each is an image ([SOURCE:]REF, as scan takes it), a report that \"-o json=FILE\" saved, or a bill of materials in JSON (CycloneDX or SPDX, by Bulwark, Syft, Trivy and others; \"-\" is standard input). What a bill of materials does not say of vulnerabilities is looked up. With --fail-on only findings that came count.",
			"比较 A 与 B：新增、移除和版本变化的软件包；新增和消失的发现及其原因；层、大小与配置。二者可以是镜像（[SOURCE:]REF，同 scan）、用 “-o json=FILE” 保存的报告，或 JSON 格式的物料清单（CycloneDX 或 SPDX，由 Bulwark、Syft、Trivy 等生成；“-” 为标准输入）。物料清单未包含的漏洞信息会另行查询。使用 --fail-on 时只计入新增的发现。",
		},
		{"cli.diff.example", "Two images", "两个镜像"},
		{"cli.diff.example.gate", "Fail only for what is new since a saved report", "仅因相对于已保存报告的新增项而失败"},
		{"cli.diff.example.bom", "A bill of materials and a build", "物料清单与构建产物"},
		{"cli.diff.stdin-twice", "standard input can be one of the two only", "标准输入只能用作其中之一"},
		{"cli.diff.format", "diff does not write {0}, only {1}", "diff 不支持输出 {0}，仅支持 {1}"},
		{"cli.diff.document", "{0} is neither a report nor a bill of materials that can be read", "{0} 不是可读取的报告或物料清单"},

		{"bom.vulnerability", "{0}", "{0}"},

		{"diff.head.packages", "packages: {0}", "软件包：{0}"},
		{"diff.head.findings", "findings: {0}", "发现：{0}"},
		{"diff.head.size", "size: {0}", "大小：{0}"},
		{"diff.head.layers", "layers: {0}, {1} shared", "层：{0}，其中 {1} 层相同"},

		{"diff.note.filtered", "{0} is a view ({1}): what is not in it counts as gone.", "{0} 是筛选后的视图（{1}）：其中没有的会被当作已消失。"},
		{"diff.note.no-vulnerabilities", "{0} says nothing of vulnerabilities: none of them can be compared.", "{0} 没有漏洞信息：无法比较漏洞。"},
		{"diff.note.unread", "{0} could not be read whole: what is missing in it may be there all the same.", "{0} 未能完整读取：其中缺少的内容未必真的不存在。"},
		{"diff.note.data", "The advisory data differs ({0} and {1}): a finding may have come or gone because of that alone.", "公告数据不同（{0} 与 {1}）：某些发现的增减可能仅由此造成。"},
		{"diff.note.tool", "Made by {0} and by {1}: they do not find the same.", "分别由 {0} 和 {1} 生成：二者的检出范围并不相同。"},
		{"diff.note.detectors", "Made with different detectors: what only one of them looks for cannot be compared.", "使用的检测器不同：仅一方检测的内容无法比较。"},
		{"diff.note.platform", "They are of different platforms: {0} and {1}.", "二者平台不同：{0} 与 {1}。"},
		{"diff.note.no-configuration", "One of them does not say how the image is configured: that is not compared.", "其中一方没有镜像配置信息：不比较配置。"},

		{"diff.new", "Came: {0} {0:finding|findings} ({1})", "新增 {0} 项发现（{1}）"},
		{"diff.gone", "Went: {0} {0:finding|findings} ({1})", "消失 {0} 项发现（{1}）"},
		{"diff.rated", "Rated otherwise: {0}", "评级变化：{0} 项"},
		{"diff.upgraded", "Upgraded: {0}", "升级：{0} 个"},
		{"diff.downgraded", "DOWNGRADED: {0}", "降级：{0} 个"},
		{"diff.changed", "Another version: {0}", "版本变化：{0} 个"},
		{"diff.added", "Packages that came: {0}", "新增软件包：{0} 个"},
		{"diff.removed", "Packages that went: {0}", "移除软件包：{0} 个"},
		{"diff.layers", "Layers: {0} in all, files {1}, {2} shared", "层：总计 {0}，文件数 {1}，相同 {2} 层"},
		{"diff.configuration", "Configuration: {0} {0:change|changes}", "配置变化：{0} 项"},
		{"diff.privileged", "Programs that give rights: {0} {0:change|changes}", "具有特权的程序：{0} 项变化"},
		{"diff.coverage", "What the data covers", "数据覆盖变化"},
		{"diff.coverage.absent", "not there", "未出现"},
		{"diff.fixes", "fixes {0}", "修复 {0} 个"},
		{"diff.brings", "brings {0}", "带来 {0} 个"},

		{"diff.why.package-new", "the package came", "新增的软件包"},
		{"diff.why.package-gone", "the package went", "软件包已移除"},
		{"diff.why.version", "another version", "版本变化"},
		{"diff.why.data", "same package, other data or tool", "软件包相同，数据或工具不同"},
		{"diff.why.copy", "another copy of the package", "软件包的另一份副本"},
		{"diff.why.unknown", "same package, decided otherwise", "软件包相同，判定不同"},
		{"diff.why.suppressed", "suppressed now", "现已抑制"},
		{"diff.why.unsuppressed", "no longer suppressed", "不再抑制"},
		{"diff.why.content", "in one of them only", "仅其中一方存在"},
		{"diff.why.not-looked", "the other one was not searched for it", "另一方未做此项检测"},

		{"diff.same", "Nothing differs.", "没有差异。"},
		{"diff.sum", "{0} {0:finding|findings} came, {1} went, {2} stayed.", "新增 {0} 项，消失 {1} 项，保留 {2} 项。"},
		{"diff.gate.failed", "{0} of what came {0:meets|meet} --fail-on {1}.", "新增项中有 {0} 项满足 --fail-on {1}。"},
		{"diff.gate.passed", "nothing that came meets --fail-on {0}.", "新增项均不满足 --fail-on {0}。"},

		{"inspect.no-instruction", "(the history does not say)", "（历史中没有记录）"},
	}
}
