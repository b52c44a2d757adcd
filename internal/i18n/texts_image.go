package i18n

// textsImage are titles of findings about the image as a whole.
func textsImage() []entry {
	return []entry{
		{"image-integrity.configuration", "The image configuration is not what its digest says: {0} is claimed, {1} was computed", "镜像配置与其摘要不符：声明为 {0}，实际计算为 {1}"},
		{"image-integrity.manifest", "A manifest is not what its digest says: {0} is claimed, {1} was computed", "清单与其摘要不符：声明为 {0}，实际计算为 {1}"},
		{"image-integrity.diff-id", "A layer's content is not what the image configuration says: diff ID {0} is claimed, {1} was computed", "镜像层内容与镜像配置不符：声明的 diff ID 为 {0}，实际计算为 {1}"},
		{"image-integrity.blob", "A layer's blob is not what the manifest says: {0} is claimed, {1} was computed", "镜像层数据与清单不符：声明为 {0}，实际计算为 {1}"},
		{"image-integrity.pair", "A layer's blob unpacks to other content than when it was hashed here before: {0} then, {1} now", "同一镜像层数据解包出的内容与此前在本机计算的不同：当时为 {0}，现在为 {1}"},
		{"image-integrity.export", "The engine says that a file of the image is not what it once stored, and does not export it", "引擎报告镜像中有文件与当初存入的内容不符，因而未导出该镜像"},
		{"image-integrity.export-file", "The engine says that {0} is not what it once stored, and does not export the image", "引擎报告 {0} 与当初存入的内容不符，因而未导出该镜像"},
		{"image-integrity.directory", "A layer's directory on this host is not what its digest {0} says: {1}", "本机上的镜像层目录与其摘要 {0} 不符：{1}"},
	}
}
