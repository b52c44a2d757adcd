package java

import "strings"

// knownGroup gives the group of well-known artifacts whose jars carry no
// pom.properties (built by Gradle, Ant or sbt), so that nothing in the file
// names it. Facts of the public repository; an artifact that several groups
// publish is listed only where version or common use decides.
func knownGroup(artifact, version string) string {
	if artifact == "" || len(artifact) > 100 || strings.ContainsAny(artifact, " \n") {
		return ""
	}
	switch artifact { // the group changed with a version
	case "groovy", "groovy-all", "groovy-json", "groovy-xml", "groovy-sql", "groovy-templates", "groovy-console", "groovy-nio":
		if atLeast(version, 4) {
			return "org.apache.groovy"
		}
		return "org.codehaus.groovy"
	case "okhttp", "okhttp-urlconnection", "mockwebserver":
		if atLeast(version, 3) {
			return "com.squareup.okhttp3"
		}
		return "com.squareup.okhttp"
	case "retrofit":
		if atLeast(version, 2) {
			return "com.squareup.retrofit2"
		}
		return "com.squareup.retrofit"
	case "hibernate-core", "hibernate-entitymanager", "hibernate-envers", "hibernate-c3p0", "hibernate-ehcache", "hibernate-jcache", "hibernate-hikaricp":
		if atLeast(version, 6) {
			return "org.hibernate.orm"
		}
		return "org.hibernate"
	case "hibernate-validator":
		if atLeast(version, 6) {
			return "org.hibernate.validator"
		}
		return "org.hibernate"
	case "c3p0":
		if strings.HasPrefix(version, "0.9.0") || strings.HasPrefix(version, "0.9.1") || strings.HasPrefix(version, "0.8") {
			return "c3p0"
		}
		return "com.mchange"
	case "dom4j":
		if atLeast(version, 2) {
			return "org.dom4j"
		}
		return "dom4j"
	case "cdi-api":
		if atLeast(version, 3) {
			return "jakarta.enterprise"
		}
		return "javax.enterprise"
	case "postgresql":
		if strings.Contains(version, ".jdbc") && strings.Count(version, ".") == 1 {
			return "postgresql"
		}
		return "org.postgresql"
	}
	if strings.HasPrefix(artifact, "jakarta.") || strings.HasPrefix(artifact, "javax.") {
		// The interfaces of Java EE: jakarta.servlet-api, jakarta.websocket-client-api, …
		if g, rest, ok := strings.Cut(artifact, "-"); ok && strings.HasSuffix(rest, "api") && g != "javax.mail" {
			return g
		}
	}
	if i := strings.Index(knownArtifacts, "\n"+artifact+"\t"); i >= 0 {
		rest := knownArtifacts[i+len(artifact)+2:]
		return rest[:strings.IndexByte(rest, '\n')]
	}
	for _, f := range families {
		if strings.HasPrefix(artifact, f[0]) {
			return f[1]
		}
	}
	return ""
}

func atLeast(version string, major int) bool {
	n := 0
	for i := 0; i < len(version) && i < 6 && version[i] >= '0' && version[i] <= '9'; i++ {
		n = n*10 + int(version[i]-'0')
	}
	return n >= major
}

// families are groups that own a prefix of artifact names; the longer ones first.
var families = [...][2]string{
	{"spring-boot-admin-", "de.codecentric"},
	{"spring-boot", "org.springframework.boot"},
	{"spring-security-oauth2-autoconfigure", "org.springframework.security.oauth.boot"},
	{"spring-security-", "org.springframework.security"},
	{"spring-cloud-starter-alibaba", "com.alibaba.cloud"},
	{"spring-cloud-", "org.springframework.cloud"},
	{"spring-data-", "org.springframework.data"},
	{"spring-batch-", "org.springframework.batch"},
	{"spring-integration-", "org.springframework.integration"},
	{"spring-session-", "org.springframework.session"},
	{"spring-kafka", "org.springframework.kafka"},
	{"spring-ws-", "org.springframework.ws"},
	{"spring-plugin-", "org.springframework.plugin"},
	{"spring-ai-", "org.springframework.ai"},
	{"tomcat-embed-", "org.apache.tomcat.embed"},
	{"tomcat-", "org.apache.tomcat"},
	{"kotlin-", "org.jetbrains.kotlin"},
	{"kotlinx-", "org.jetbrains.kotlinx"},
	{"ktor-", "io.ktor"},
	{"bcprov-", "org.bouncycastle"},
	{"bcpkix-", "org.bouncycastle"},
	{"bcmail-", "org.bouncycastle"},
	{"bcpg-", "org.bouncycastle"},
	{"bctls-", "org.bouncycastle"},
	{"bcutil-", "org.bouncycastle"},
	{"bc-fips", "org.bouncycastle"},
	{"lucene-", "org.apache.lucene"},
	{"solr-", "org.apache.solr"},
	{"kafka_2.", "org.apache.kafka"},
	{"kafka-", "org.apache.kafka"},
	{"connect-runtime", "org.apache.kafka"},
	{"elasticsearch-", "org.elasticsearch"},
	{"opensearch-", "org.opensearch"},
	{"scala-", "org.scala-lang"},
	{"akka-http", "com.typesafe.akka"},
	{"akka-", "com.typesafe.akka"},
	{"pekko-", "org.apache.pekko"},
	{"micrometer-", "io.micrometer"},
	{"micronaut-", "io.micronaut"},
	{"reactor-netty", "io.projectreactor.netty"},
	{"reactor-kafka", "io.projectreactor.kafka"},
	{"reactor-", "io.projectreactor"},
	{"grpc-", "io.grpc"},
	{"opentelemetry-", "io.opentelemetry"},
	{"groovy-", "org.codehaus.groovy"},
	{"mockito-", "org.mockito"},
	{"junit-jupiter", "org.junit.jupiter"},
	{"junit-platform-", "org.junit.platform"},
	{"junit-vintage-", "org.junit.vintage"},
	{"gradle-", "org.gradle"},
	{"ant-", "org.apache.ant"},
	{"poi-", "org.apache.poi"},
	{"batik-", "org.apache.xmlgraphics"},
	{"jaeger-", "io.jaegertracing"},
	{"brave", "io.zipkin.brave"},
	{"feign-", "io.github.openfeign"},
	{"resilience4j-", "io.github.resilience4j"},
	{"flyway-", "org.flywaydb"},
	{"hystrix-", "com.netflix.hystrix"},
	{"ribbon", "com.netflix.ribbon"},
	{"eureka-", "com.netflix.eureka"},
	{"archaius-", "com.netflix.archaius"},
	{"servo-", "com.netflix.servo"},
	{"asm-", "org.ow2.asm"},
	{"geode-", "org.apache.geode"},
	{"cassandra-", "org.apache.cassandra"},
}

// knownArtifacts: artifact, tab, group; a newline before and after each.
const knownArtifacts = `
activation	javax.activation
activemq-all	org.apache.activemq
annotations	org.jetbrains
ant	org.apache.ant
ant-launcher	org.apache.ant
antisamy	org.owasp.antisamy
antlr	antlr
antlr-runtime	org.antlr
antlr4-runtime	org.antlr
aopalliance	aopalliance
asm	org.ow2.asm
aspectjrt	org.aspectj
aspectjtools	org.aspectj
aspectjweaver	org.aspectj
async-http-client	org.asynchttpclient
avro	org.apache.avro
axis	axis
bcel	org.apache.bcel
bsh	org.beanshell
byte-buddy	net.bytebuddy
byte-buddy-agent	net.bytebuddy
bcprov	org.bouncycastle
caffeine	com.github.ben-manes.caffeine
castor	castor
cglib	cglib
cglib-nodep	cglib
clojure	org.clojure
commons-beanutils	commons-beanutils
commons-beanutils-core	commons-beanutils
commons-bcel	org.apache.bcel
commons-chain	commons-chain
commons-cli	commons-cli
commons-codec	commons-codec
commons-collections	commons-collections
commons-collections4	org.apache.commons
commons-compress	org.apache.commons
commons-configuration	commons-configuration
commons-configuration2	org.apache.commons
commons-crypto	org.apache.commons
commons-csv	org.apache.commons
commons-daemon	commons-daemon
commons-dbcp	commons-dbcp
commons-dbcp2	org.apache.commons
commons-dbutils	commons-dbutils
commons-digester	commons-digester
commons-digester3	org.apache.commons
commons-discovery	commons-discovery
commons-el	commons-el
commons-email	org.apache.commons
commons-exec	org.apache.commons
commons-fileupload	commons-fileupload
commons-fileupload2-core	org.apache.commons
commons-httpclient	commons-httpclient
commons-imaging	org.apache.commons
commons-io	commons-io
commons-jexl	commons-jexl
commons-jexl3	org.apache.commons
commons-jxpath	commons-jxpath
commons-lang	commons-lang
commons-lang3	org.apache.commons
commons-logging	commons-logging
commons-logging-adapters	commons-logging
commons-logging-api	commons-logging
commons-math	org.apache.commons
commons-math3	org.apache.commons
commons-modeler	commons-modeler
commons-net	commons-net
commons-ognl	org.apache.commons
commons-pool	commons-pool
commons-pool2	org.apache.commons
commons-text	org.apache.commons
commons-validator	commons-validator
commons-vfs2	org.apache.commons
conscrypt-openjdk-uber	org.conscrypt
curvesapi	com.github.virtuald
derby	org.apache.derby
derbyclient	org.apache.derby
derbynet	org.apache.derby
derbyshared	org.apache.derby
derbytools	org.apache.derby
dnsjava	dnsjava
druid	com.alibaba
dwr	org.directwebremoting
easymock	org.easymock
ehcache	net.sf.ehcache
elasticsearch	org.elasticsearch
error_prone_annotations	com.google.errorprone
esapi	org.owasp.esapi
failureaccess	com.google.guava
fastutil	it.unimi.dsi
ftpserver-core	org.apache.ftpserver
freemarker	org.freemarker
gson	com.google.code.gson
guava	com.google.guava
guice	com.google.inject
h2	com.h2database
h2-mvstore	com.h2database
hamcrest	org.hamcrest
hamcrest-all	org.hamcrest
hamcrest-core	org.hamcrest
hamcrest-library	org.hamcrest
hazelcast	com.hazelcast
HikariCP	com.zaxxer
hsqldb	org.hsqldb
httpclient	org.apache.httpcomponents
httpclient5	org.apache.httpcomponents.client5
httpcore	org.apache.httpcomponents
httpcore5	org.apache.httpcomponents.core5
httpmime	org.apache.httpcomponents
icu4j	com.ibm.icu
itext	com.lowagie
ivy	org.apache.ivy
j2objc-annotations	com.google.j2objc
jasperreports	net.sf.jasperreports
javassist	org.javassist
javax.activation	com.sun.activation
javax.annotation-api	javax.annotation
javax.inject	javax.inject
javax.mail	com.sun.mail
javax.servlet-api	javax.servlet
jaxen	jaxen
jcl-over-slf4j	org.slf4j
jdom	org.jdom
jdom2	org.jdom
jedis	redis.clients
jettison	org.codehaus.jettison
jgroups	org.jgroups
jmespath-java	com.amazonaws
jna	net.java.dev.jna
jna-platform	net.java.dev.jna
joda-time	joda-time
jopt-simple	net.sf.jopt-simple
json	org.json
json-path	com.jayway.jsonpath
json-simple	com.googlecode.json-simple
json-smart	net.minidev
jsoup	org.jsoup
jsqlparser	com.github.jsqlparser
jsr305	com.google.code.findbugs
jstl	javax.servlet
jsch	com.jcraft
jtds	net.sourceforge.jtds
jul-to-slf4j	org.slf4j
jruby-complete	org.jruby
junit	junit
jython	org.python
jython-standalone	org.python
jzlib	com.jcraft
kafka-clients	org.apache.kafka
kryo	com.esotericsoftware
kxml2	net.sf.kxml
lettuce-core	io.lettuce
libthrift	org.apache.thrift
liquibase-core	org.liquibase
listenablefuture	com.google.guava
log4j	log4j
log4j-1.2-api	org.apache.logging.log4j
log4j-api	org.apache.logging.log4j
log4j-core	org.apache.logging.log4j
log4j-jcl	org.apache.logging.log4j
log4j-jul	org.apache.logging.log4j
log4j-layout-template-json	org.apache.logging.log4j
log4j-over-slf4j	org.slf4j
log4j-slf4j-impl	org.apache.logging.log4j
log4j-slf4j2-impl	org.apache.logging.log4j
log4j-web	org.apache.logging.log4j
logback-access	ch.qos.logback
logback-classic	ch.qos.logback
logback-core	ch.qos.logback
lombok	org.projectlombok
lz4-java	org.lz4
mail	javax.mail
mariadb-java-client	org.mariadb.jdbc
mina-core	org.apache.mina
minimal-json	com.eclipsesource.minimal-json
mongo-java-driver	org.mongodb
mongodb-driver	org.mongodb
mongodb-driver-core	org.mongodb
mongodb-driver-sync	org.mongodb
bson	org.mongodb
mssql-jdbc	com.microsoft.sqlserver
mvel2	org.mvel
mx4j	mx4j
mybatis	org.mybatis
mybatis-spring	org.mybatis
mysql-connector-j	com.mysql
mysql-connector-java	mysql
nekohtml	net.sourceforge.nekohtml
netty-all	io.netty
nimbus-jose-jwt	com.nimbusds
objenesis	org.objenesis
ognl	ognl
ojdbc10	com.oracle.database.jdbc
ojdbc11	com.oracle.database.jdbc
ojdbc8	com.oracle.database.jdbc
okio	com.squareup.okio
okio-jvm	com.squareup.okio
opencsv	com.opencsv
opensaml	org.opensaml
oro	oro
p6spy	p6spy
paranamer	com.thoughtworks.paranamer
pdfbox	org.apache.pdfbox
picocli	info.picocli
poi	org.apache.poi
protobuf-java	com.google.protobuf
quartz	org.quartz-scheduler
reactive-streams	org.reactivestreams
reflections	org.reflections
regexp	regexp
rhino	org.mozilla
rome	rometools
rxjava	io.reactivex
serializer	xalan
servlet-api	javax.servlet
shiro-core	org.apache.shiro
slf4j-api	org.slf4j
slf4j-ext	org.slf4j
slf4j-log4j12	org.slf4j
slf4j-nop	org.slf4j
slf4j-simple	org.slf4j
snakeyaml	org.yaml
snappy-java	org.xerial.snappy
spring	org.springframework
spring-amqp	org.springframework.amqp
spring-aop	org.springframework
spring-aspects	org.springframework
spring-beans	org.springframework
spring-binding	org.springframework.webflow
spring-context	org.springframework
spring-context-indexer	org.springframework
spring-context-support	org.springframework
spring-core	org.springframework
spring-dao	org.springframework
spring-expression	org.springframework
spring-hateoas	org.springframework.hateoas
spring-instrument	org.springframework
spring-jcl	org.springframework
spring-jdbc	org.springframework
spring-jms	org.springframework
spring-ldap-core	org.springframework.ldap
spring-messaging	org.springframework
spring-orm	org.springframework
spring-oxm	org.springframework
spring-r2dbc	org.springframework
spring-rabbit	org.springframework.amqp
spring-retry	org.springframework.retry
spring-social-core	org.springframework.social
spring-social-web	org.springframework.social
spring-test	org.springframework
spring-tx	org.springframework
spring-web	org.springframework
spring-webflow	org.springframework.webflow
spring-webflux	org.springframework
spring-webmvc	org.springframework
spring-webmvc-portlet	org.springframework
spring-websocket	org.springframework
spring-xml	org.springframework.ws
sqlite-jdbc	org.xerial
stax-api	stax
stax2-api	org.codehaus.woodstox
struts	struts
struts-core	org.apache.struts
struts2-core	org.apache.struts
swagger-annotations	io.swagger
testng	org.testng
tika-core	org.apache.tika
tika-parsers	org.apache.tika
tink	com.google.crypto.tink
velocity	org.apache.velocity
velocity-engine-core	org.apache.velocity
vertx-core	io.vertx
vertx-web	io.vertx
wicket	org.apache.wicket
woodstox-core	com.fasterxml.woodstox
woodstox-core-asl	org.codehaus.woodstox
wsdl4j	wsdl4j
xalan	xalan
xercesImpl	xerces
xml-apis	xml-apis
xmlbeans	org.apache.xmlbeans
xmlpull	xmlpull
xmlsec	org.apache.santuario
xom	xom
xpp3	xpp3
xpp3_min	xpp3
xstream	com.thoughtworks.xstream
xwork	com.opensymphony
xwork-core	org.apache.struts.xwork
xz	org.tukaani
zip4j	net.lingala.zip4j
zookeeper	org.apache.zookeeper
zstd-jni	com.github.luben
`
