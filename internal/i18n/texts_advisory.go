package i18n

// textsAdvisory are the words of package advisory: titles and reasons of its
// results, and what its data cannot say (coverage).
func textsAdvisory() []entry {
	return []entry{
		{"advisory.vulnerability", "{0} in {1} {2}", "{1} {2} 存在 {0}"},
		{"advisory.notice.unmaintained", "{1} {2} is not maintained any more ({0})", "{1} {2} 已无人维护（{0}）"},
		{"advisory.notice.unsound", "{1} {2} is unsound: it lets safe code break memory safety ({0})", "{1} {2} 不健全：安全代码也可能破坏内存安全（{0}）"},
		{"advisory.notice.other", "{1} {2}: notice {0}", "{1} {2}：公告提示 {0}"},
		{"advisory.owned", "By the language's advisory. The files belong to the package {0}, and the data on {1} does not say whether it fixed this: it may have.", "依据语言生态的公告。这些文件属于软件包 {0}，而 {1} 的数据没有说明它是否已修复：有可能已修复。"},
		{"advisory.not-comparable", "{0} {1}: whether it is vulnerable is not known", "{0} {1}：是否存在漏洞未知"},
		{"advisory.not-comparable.reason", "{0} {0:advisory concerns|advisories concern} it, and its version cannot be compared with theirs: {1}", "有 {0} 个公告涉及它，但其版本无法与公告中的版本比较：{1}"},
		{"advisory.no-versions", "{0} may concern {1} {2}", "{0} 可能涉及 {1} {2}"},
		{"advisory.no-versions.reason", "The advisory does not say which versions are affected.", "公告没有说明受影响的版本。"},

		{"coverage.none", "no advisory data", "没有公告数据"},
		{"coverage.unsupported", "no advisory data, and none that could be got for it", "没有公告数据，也没有可获取的来源"},
		{"coverage.release", "the advisories of the distribution do not have this release", "该发行版的公告不含这个版本"},
		{"coverage.unfixed", "a flaw that has no fix yet is not in the data: no record does not mean not vulnerable", "数据不含尚未修复的漏洞：没有记录不等于没有漏洞"},
		{"coverage.listed", "covers {0} of the {1} packages found; the others are not known", "覆盖所发现 {1} 个软件包中的 {0} 个，其余未知"},
		{"coverage.ends", "nothing after {0} is in the data", "数据不含 {0} 之后的内容"},
		{"coverage.no-severity", "most records carry no severity of their own", "多数记录本身没有严重程度"},
		{"coverage.debian.changelogs", "read from changelogs: a fix whose entry does not name its CVE is not in the data, and a mention is no proof", "取自变更日志：条目未写明 CVE 的修复不在数据中，提及也不等于证实"},
		{"coverage.debian.trimmed", "most changelogs reach back about six years; older fixes are in the first packages of the release", "多数变更日志约回溯六年；更早的修复已包含在该版本最初的软件包中"},
		{"coverage.npm.front-end", "front-end libraries are current, other packages end in {0}", "前端库数据为最新，其他软件包的数据止于 {0} 年"},
		{"coverage.maven.examined", "only versions that were examined one by one are listed, of a few hundred artifacts", "仅列出逐一核查过的版本，涉及数百个构件"},
		{"coverage.packagist.friends", "the FriendsOfPHP list only; what GitHub alone knows is not in it", "仅含 FriendsOfPHP 列表，不含仅由 GitHub 收录的公告"},
		{"coverage.rubygems.ruby", "gems only; flaws of Ruby itself are not in the data", "仅含 gem，不含 Ruby 本身的漏洞"},
		{"coverage.hex.names", "records have GHSA identifiers only, no CVE", "记录只有 GHSA 编号，没有 CVE"},
		{"coverage.go.symbols", "which functions of a module are affected is not looked at", "未分析模块中哪些函数受影响"},
		{"coverage.not-comparable", "{0} {0:package has a version|packages have versions} that cannot be compared", "{0} 个软件包的版本无法比较"},
		{"coverage.kernel-headers", "{0} {0:package holds|packages hold} kernel headers only: flaws of the kernel are not counted, a container does not run it", "{0} 个软件包只含内核头文件：容器不运行该内核，故不计内核漏洞"},
		{"coverage.owned", "{0} {0:package belongs|packages belong} to the system's packages, whose own advisories decide", "{0} 个软件包属于系统软件包，由系统自身的公告判定"},
		{"coverage.supplied", "records up to {0} were supplied; whether they are all is not known", "已提供截至 {0} 的记录；是否完整未知"},
		{"coverage.rejected", "{0} {0:record|records} of the source could not be read", "来源中有 {0} 条记录无法读取"},
	}
}
