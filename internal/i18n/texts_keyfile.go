package i18n

// textsKeyfile are those of files of keys and certificates.
func textsKeyfile() []entry {
	return []entry{
		{"keyfile.open", "Private key without a passphrase ({0})", "未受口令保护的私钥（{0}）"},
		{"keyfile.known", "Private key behind a passphrase that everybody tries first ({0})", "使用众所周知口令保护的私钥（{0}）"},
		{"keyfile.encrypted", "Private key behind a passphrase ({0})", "受口令保护的私钥（{0}）"},
		{"keyfile.untried", "Private key behind a passphrase, which was not tried ({0})", "受口令保护的私钥，口令未经尝试（{0}）"},
		{"keyfile.expired", "Certificate of {0} ran out on {1}", "{0} 的证书已于 {1} 过期"},
		{"keyfile.expires", "Certificate of {0} runs out on {1}", "{0} 的证书将于 {1} 过期"},

		{"check.private-key.title", "A private key lies in the image or the tree", "镜像或目录中存在私钥"},
		{"check.private-key.why", "Everybody who can pull the image, or read the tree, has the key, also where a later layer deletes it: they can pose as its owner, or read what was encrypted for them. All containers of one image share it.", "任何能够拉取镜像或读取目录的人都会得到该私钥，即使后续层已将其删除：他们可以冒充密钥所有者，或解密发给其的内容。同一镜像的所有容器共用该密钥。"},
		{"check.private-key.fix", "Take the key to be known: make a new one and withdraw the old. Hand keys over when the container starts (a secret of the orchestrator, a mounted file), or to one step of the build with RUN --mount=type=secret.", "应视该密钥已泄露：生成新密钥并吊销旧密钥。在容器启动时提供密钥（编排平台的 Secret、挂载的文件），或在构建步骤中使用 RUN --mount=type=secret。"},
		{"check.private-key-known-passphrase.title", "A private key is protected by a well-known passphrase", "私钥使用众所周知的口令保护"},
		{"check.private-key-known-passphrase.why", "The passphrase is one of a short list of defaults (such as changeit) that is tried first. The key is as good as open.", "该口令属于常见默认口令（如 changeit），会被首先尝试。该私钥等同于未受保护。"},
		{"check.private-key-known-passphrase.fix", "Treat it as a key without passphrase: make a new one, withdraw the old, and hand it over when the container starts. Give stores of keys long random passphrases, kept apart from them.", "按未受保护的私钥处理：生成新密钥、吊销旧密钥，并在容器启动时提供。密钥库应使用足够长的随机口令，并与密钥库分开保存。"},
		{"check.private-key-encrypted.title", "A private key behind a passphrase lies in the image or the tree", "镜像或目录中存在受口令保护的私钥"},
		{"check.private-key-encrypted.why", "Whoever has the file can try passphrases without limit, and the passphrase often lies beside it (in a script, the environment, a configuration file).", "得到该文件的人可以无限次尝试口令，而口令常常就在旁边（脚本、环境变量或配置文件中）。"},
		{"check.private-key-encrypted.fix", "Hand the key over when the container starts instead of shipping it, and look for its passphrase in the same image.", "不要随镜像分发密钥，应在容器启动时提供；并检查同一镜像中是否存有其口令。"},
		{"check.certificate-expired.title", "A certificate has run out, or will soon", "证书已过期或即将过期"},
		{"check.certificate-expired.why", "Clients refuse a certificate after its last day; services that check it stop working, or, worse, were told not to check. One inside an image is renewed only by building the image again.", "证书到期后客户端会拒绝它；校验证书的服务将停止工作，或者更糟，校验已被关闭。镜像中的证书只有重新构建镜像才能更新。"},
		{"check.certificate-expired.fix", "Renew the certificate. Mount certificates when the container starts instead of building them in. Remove it if nothing uses it.", "更新证书。在容器启动时挂载证书，而不是构建进镜像。若无人使用请将其删除。"},
	}
}
