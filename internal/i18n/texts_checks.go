package i18n

// textsChecks are the titles, reasons and remedies of the declared checks.
func textsChecks() []entry {
	return []entry{
		{
			"check.vulnerability.title",
			"A package has a known vulnerability",
			"软件包存在已知漏洞",
		},
		{
			"check.vulnerability.why",
			"An advisory says that this version of the package has a flaw. Whether it can be used against you depends on how the package is used; a flaw on CISA's list of known exploited vulnerabilities (KEV) is being used by attackers now.",
			"安全公告指出该版本的软件包存在缺陷。能否被利用取决于软件包的使用方式；列入 CISA 已知被利用漏洞目录（KEV）的缺陷正在被攻击者使用。",
		},
		{
			"check.vulnerability.fix",
			"Upgrade the package to the fixed version shown, or rebuild on a base image that has it. Where no fix is known, remove the package if it is not needed, or record why it does not concern you as an exception or a VEX statement.",
			"将软件包升级到所示的修复版本，或基于已包含该版本的基础镜像重新构建。尚无修复版本时，如不需要请移除该软件包，或以例外或 VEX 声明记录其为何不影响您。",
		},
		{
			"check.image-integrity.title",
			"Content of the image does not match its digest",
			"镜像内容与其摘要不符",
		},
		{
			"check.image-integrity.why",
			"An image is named by digests of its content. If what was read has another digest than what the image claims, it was damaged or changed after it was built, and nothing else in this report can be relied on.",
			"镜像由其内容的摘要标识。若读取到的内容与镜像声明的摘要不同，则说明镜像在构建之后被损坏或篡改，本报告的其他结论均不可信。",
		},
		{
			"check.image-integrity.fix",
			"Do not run the image. Pull or build it again and compare; if the difference comes back, find out who can write to the registry, the archive or the engine's storage.",
			"不要运行该镜像。请重新拉取或构建并比较；若差异再次出现，请查明谁有权写入镜像仓库、归档文件或引擎的存储目录。",
		},
		{
			"check.not-scanned.title",
			"Something was not looked at",
			"部分内容未被检查",
		},
		{
			"check.not-scanned.why",
			"A file could not be read or understood, or a limit was met. What it holds is unknown; it is not clean.",
			"某个文件无法读取或解析，或触及了限制。其内容未知，并不代表干净。",
		},
		{
			"check.not-scanned.fix",
			"Look at the file and the reason given. If the file is broken, repair or remove it; if you accept the gap, say so with --allow unread or --allow limit, or for this path alone with an exception.",
			"查看该文件及所给原因。文件损坏则修复或删除；若接受此缺口，请使用 --allow unread 或 --allow limit，或仅针对该路径设置例外。",
		},
		{
			"check.end-of-life.title",
			"The distribution release is past its end of support",
			"发行版版本已停止支持",
		},
		{
			"check.end-of-life.why",
			"Nobody publishes security fixes for this release any more. Vulnerabilities found since then are often not even recorded for it, so a short list of findings says little.",
			"该版本不再有人发布安全修复。此后发现的漏洞往往不会再针对它登记，因此发现项很少并不能说明问题。",
		},
		{
			"check.end-of-life.fix",
			"Rebuild on a supported release of the distribution.",
			"基于该发行版仍受支持的版本重新构建。",
		},
		{
			"check.advisory-notice.title",
			"A package is unmaintained, or unsound in some uses",
			"软件包已无人维护，或在某些用法下不安全",
		},
		{
			"check.advisory-notice.why",
			"The package is no longer maintained, or can break memory safety when it is used in certain ways. Later flaws of it will not be fixed.",
			"该软件包已无人维护，或在某些用法下会破坏内存安全。其今后的缺陷将得不到修复。",
		},
		{
			"check.advisory-notice.fix",
			"Plan to replace the package; the advisory often names a successor.",
			"请计划替换该软件包；公告中通常会给出替代者。",
		},
	}
}
